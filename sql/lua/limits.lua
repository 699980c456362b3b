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

local policies, tat, policy, changed = ARGV[2], {}, {}, {}
local byte = string.byte
for first = 1, #KEYS, 1000 do
    local last = math.min(first + 999, #KEYS)
    local values = redis.call('MGET', unpack(KEYS, first, last))
    for k = first, last do
        local p = byte(policies, k)
        local t = tonumber(values[k - first + 1] or nil)
        -- A TAT later than now + burst * interval cannot have been written by this clock: it has jumped back.
        local latest = now + tolerance[p]
        if not t or not (t > now) then
            t = now
        elseif t > latest then
            t = latest
            changed[k] = true -- stored, so that it runs out though every request is refused
        end
        tat[k], policy[k] = t, p
    end
end

local requests, answer, mine = ARGV[3], {}, {}
local at, n = 1, 0
while at <= #requests do
    local keys = byte(requests, at)
    local wait, who = 0, 0
    for i = 1, keys do
        local high, low = byte(requests, at + 2 * i - 1, at + 2 * i)
        local k = high * 256 + low
        local p = policy[k]
        local w = tat[k] + interval[p] - tolerance[p] - now
        if w > wait then
            wait, who = w, p
        end
        mine[i] = k
    end
    if wait == 0 then
        for i = 1, keys do
            local k = mine[i]
            tat[k] = tat[k] + interval[policy[k]]
            changed[k] = true
        end
    end
    answer[n + 1], answer[n + 2] = math.ceil(wait / 1000), who
    at, n = at + 2 * keys + 1, n + 2
end

for k in pairs(changed) do
    redis.call('SET', KEYS[k], string.format('%.0f', tat[k]), 'PX', math.ceil((tat[k] - now) / 1000) + 1)
end
return answer
