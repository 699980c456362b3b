-- Rate limits of a whole batch (GCRA), by Redis' own clock.
--
-- A key holds its theoretical arrival time (TAT) in microseconds. A policy allows `burst` requests at once and
-- one more every `interval`. A request that names several keys passes only if all of them allow it, and only then
-- are they charged. Requests are judged in their order, so of N + k equal ones exactly N pass at burst N.
--
-- KEYS    every key once; a key has one policy
-- ARGV[1] policies, each 'interval_us burst', all separated by one space
-- ARGV[2] for each of KEYS one byte: the number of its policy, from 1
-- ARGV[3] for each request one byte: how many keys; then for each two bytes, high first: its number in KEYS, from 1
-- Returns for each request two integers: 0 0, or the milliseconds to wait (1 or more) and the policy that asks
-- for the longest wait.
--
-- Each key is read once and written once. MGET reads a key of a wrong type as missing, and SET replaces it.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local interval, tolerance = {}, {}
for i, burst in string.gmatch(ARGV[1], '(%d+) (%d+)') do
    local n = #interval + 1
    interval[n] = tonumber(i)
    tolerance[n] = i * burst
end

-- A TAT later than now + burst * interval cannot have been written by this clock: it has jumped back.
local function clamp(tat, policy)
    return math.max(now, math.min(tat, now + tolerance[policy]))
end

local policies, tat, changed = ARGV[2], {}, {}
local policy = {}
for first = 1, #KEYS, 1000 do
    local last = math.min(first + 999, #KEYS)
    for i, value in ipairs(redis.call('MGET', unpack(KEYS, first, last))) do
        local k = first + i - 1
        policy[k] = string.byte(policies, k)
        tat[k] = clamp(tonumber(value or nil) or 0, policy[k])
    end
end

-- The wait until all keys from byte `from` to byte `to` of the requests allow one more, and who asks for it.
local requests = ARGV[3]
local function wait_of(from, to)
    local wait, who = 0, 0
    for at = from, to, 2 do
        local high, low = string.byte(requests, at, at + 1)
        local k = high * 256 + low
        local p = policy[k]
        local w = tat[k] + interval[p] - tolerance[p] - now
        if w > wait then
            wait, who = w, p
        end
    end
    return wait, who
end

local answer = {}
local at = 1
while at <= #requests do
    local from = at + 1
    local to = at + 2 * string.byte(requests, at)
    local wait, who = wait_of(from, to)
    answer[#answer + 1] = math.ceil(wait / 1000)
    answer[#answer + 1] = who
    if wait <= 0 then
        for b = from, to, 2 do
            local high, low = string.byte(requests, b, b + 1)
            local k = high * 256 + low
            tat[k] = tat[k] + interval[policy[k]]
            changed[k] = true
        end
    end
    at = to + 1
end

for k in pairs(changed) do
    redis.call('SET', KEYS[k], string.format('%.0f', tat[k]), 'PX', math.ceil((tat[k] - now) / 1000) + 1)
end
return answer
