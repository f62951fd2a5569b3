-- Say how much is waiting where. Reads only.
--
-- ARGV[1] group, then the pools
--
-- Returns {delayed, overdue, dead, rows}, a row per pool: {queued, running, behind in lanes, oldest (ms)}.
local rows = {}
local now = now_ms()
for i = 2, #ARGV do
  local key = stream_key(ARGV[i])
  local pending = redis.pcall('XPENDING', key, ARGV[1])
  local running = pending.err and 0 or pending[1]
  local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  local oldest = first and math.max(0, now - tonumber(string.match(first[1], '^%d+'))) or 0
  local behind = tonumber(redis.call('HGET', P .. ':waiting', ARGV[i]) or 0)
  rows[#rows + 1] = {redis.call('XLEN', key) - running, running, behind, oldest}
end
return {redis.call('ZCARD', P .. ':due'), redis.call('ZCOUNT', P .. ':due', '-inf', now),
  redis.call('ZCARD', P .. ':dead'), rows}
