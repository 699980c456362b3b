-- What every script of wrk has in common: threads have numbers, and the numbers are told in a line of JSON.
local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function done(summary, latency)
    io.write(string.format(
        "RESULT {\"requests\":%d,\"us\":%d,\"status\":%d,\"broken\":%d,\"p50\":%d,\"p99\":%d}\n",
        summary.requests, summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
