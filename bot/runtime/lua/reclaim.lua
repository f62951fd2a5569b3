-- Take over entries whose holder was silent for too long, and start their jobs.
--
-- ARGV[1] pool, [2] group, [3] consumer, [4] claim (names this call), [5] silence (ms), [6] cursor, [7] how many
--
-- Returns {next cursor, rows}. Redis 6.2 reports an entry that was deleted as nil and keeps it pending;
-- later servers drop it and name it in a third field, which we do not need.
local answer = redis.call('XAUTOCLAIM', stream_key(ARGV[1]), ARGV[2], ARGV[3], ARGV[5], ARGV[6], 'COUNT', ARGV[7])
local entries, rows = answer[2], {}
-- 6.2 leaves holes in the list, so `#` cannot be trusted; it never returns more than asked for.
for i = 1, tonumber(ARGV[7]) do
  local entry = entries[i]
  if entry and entry[2] then
    rows[#rows + 1] = start(ARGV[1], ARGV[2], ARGV[3], entry[1], entry[2][2], ARGV[4] .. entry[1])
  end
end
return {answer[1], rows}
