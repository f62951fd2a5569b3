-- Forget consumers that are gone. Checked and removed in one step: removing one that still holds entries would
-- lose them for good (https://valkey.io/commands/xgroup-delconsumer/).
--
-- ARGV[1] pool, [2] group, [3] silent for longer than (ms), [4] only this consumer, or empty for any
--
-- Returns how many were removed.
local gone = 0
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream_key(ARGV[1]), ARGV[2])) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if (ARGV[4] == '' or ARGV[4] == consumer.name)
    and consumer.pending == 0 and consumer.idle >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', stream_key(ARGV[1]), ARGV[2], consumer.name)
    gone = gone + 1
  end
end
return gone
