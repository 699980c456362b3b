-- People who sign: every request has another address, name and caller. For wrk:
--   wrk -s people.lua URL -- TAG          TAG: two characters, another one each run
-- The body's length never changes, so a request is put together in one go.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

local head = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: "
local before_address, before_body, after_number
local count = 0

function init(args)
    local tag = args[1] or "a0"
    after_number = string.format("-%d-%s@example.org\",", number, tag) ..
        "\"given_name\":\"Ada Maria\",\"family_name\":\"Example\",\"country\":\"US\"," ..
        "\"postal_code\":\"10001\",\"locality\":\"New York\"}"
    local length = #"{\"email\":\"p00000000" + #after_number
    before_address = string.format(head, wrk.path, wrk.host) .. length ..
        "\r\nX-Forwarded-For: 10."
    before_body = "\r\n\r\n{\"email\":\"p"
    -- Threads and runs start in other corners of 10.0.0.0/8.
    offset = number * 7919 * 257 + string.byte(tag, 1) * 65537 + string.byte(tag, 2) * 4099
end

function request()
    count = count + 1
    local n = (count + offset) % 16777216
    local high = math.floor(n / 65536)
    local middle = math.floor(n / 256) % 256
    return before_address .. high .. "." .. middle .. "." .. n % 256 .. before_body ..
        string.format("%08d", count) .. after_number
end
