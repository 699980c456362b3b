-- People who confirm: every request has a token and a caller of its own. For wrk:
--   wrk -s clicks.lua URL -- TAG FILE     FILE: a token a line
-- When there are no more tokens it says one that is none, which is refused and counted as that.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "result.lua")

local LINE = 47
local tokens, head
local count = 0

function init(args)
    local file = assert(io.open(args[2], "rb"))
    tokens = file:read("*a")
    file:close()
    head = string.format("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n" ..
        "Content-Length: %d\r\nX-Forwarded-For: 10.", wrk.path, wrk.host, #"{\"token\":\"\"}" + LINE - 1)
    offset = number * 7919 * 257 + string.byte(args[1], 1) * 65537 + string.byte(args[1], 2) * 4099
end

function request()
    local at = (2 * count + number) * LINE
    local token = tokens:sub(at + 1, at + LINE - 1)
    if #token < LINE - 1 then
        token = string.rep("A", LINE - 1)
    end
    local n = (count + offset) % 16777216
    count = count + 1
    return head .. math.floor(n / 65536) .. "." .. math.floor(n / 256) % 256 .. "." .. n % 256 ..
        "\r\n\r\n{\"token\":\"" .. token .. "\"}"
end
