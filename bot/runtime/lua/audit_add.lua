-- Put one record into the buffer that belongs to no commit.
--
-- ARGV[1] the record, [2] a token of this very call
--
-- Returns 1. Sending the same call twice writes it once.
if redis.call('SET', P .. ':audit:added:' .. ARGV[2], '1', 'NX', 'EX', 3600) then
  redis.call('XADD', P .. ':audit', '*', 'r', ARGV[1])
end
return 1
