-- The same GET over and over; only tells the numbers as people.lua does.
function done(summary, latency)
    io.write(string.format(
        "RESULT {\"requests\":%d,\"us\":%d,\"status\":%d,\"broken\":%d,\"p50\":%d,\"p99\":%d}\n",
        summary.requests, summary.duration, summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
