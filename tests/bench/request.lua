-- What wrk sends: `-- TOKEN BODY_BYTES [differing]`; and what it says of it afterwards, as one line of JSON.

local function numbered(text)
  local head, number = string.sub(text, 1, -3), 0
  return function()
    number = number + 1
    return head .. "X-Number: " .. number .. "\r\n\r\n"
  end
end

function init(arguments)
  wrk.headers["Authorization"] = arguments[1]
  if tonumber(arguments[2]) > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("x", tonumber(arguments[2]))
  end
  if arguments[3] == "differing" then
    request = numbered(wrk.format())
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end
