-- Publishes a petition's complete count, unless what is there is newer.
--
-- KEYS[1] cs:count:{slug}
-- ARGV[1] generation, ARGV[2] version, ARGV[3] count: decimal, 0 to 2^53
-- ARGV[4] as_of: when the count last changed, text without spaces
-- ARGV[5] read_at: milliseconds since 1970 when PostgreSQL was read
-- ARGV[6] time to live in milliseconds
-- ARGV[7] state, ARGV[8] goal or '-': for a worker that starts while PostgreSQL is away
-- Value:  'generation version count read_at as_of state goal'
-- Returns 1 if it was stored, or was there already and is fresh again; 2 if it was stored where something stood that is
-- no such value; 0 if a newer one stands.
--
-- Newer is the greater (generation, version); at the same version, the later read_at. Workers read every two seconds,
-- so a version that a reading of 10 s later does not know was never PostgreSQL's: it is replaced, too. So is what will be
-- read in an hour by Redis' clock. What is refused does not prolong the one that stands. A key of a wrong type, or with
-- something else in it, is replaced.

local stands = redis.pcall('GET', KEYS[1])
local time = redis.call('TIME')
local in_an_hour = time[1] * 1000 + 3600000
local strange = stands and 2 or 1 -- an error, of a wrong type, is a table
local value = table.concat({ ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[4], ARGV[7], ARGV[8] }, ' ')

if type(stands) == 'string' then
    local generation, version, read_at = string.match(stands, '^(%d+) (%d+) %d+ (%d+) %S+ %S+ %S+$')
    strange = generation and 1 or 2
    if generation and tonumber(read_at) <= in_an_hour then
        local by_generation = tonumber(ARGV[1]) - tonumber(generation)
        local by_version = tonumber(ARGV[2]) - tonumber(version)
        local older = by_generation < 0 or by_generation == 0 and by_version < 0
        if older and tonumber(ARGV[5]) - tonumber(read_at) <= 10000 then
            return 0
        end
        if by_generation == 0 and by_version == 0 and tonumber(read_at) > tonumber(ARGV[5]) then
            value = stands
        end
    end
end
redis.call('SET', KEYS[1], value, 'PX', ARGV[6])
return strange
