-- Put one record into the buffer that belongs to no commit.
--
-- ARGV[1] the record, [2] a token of this very call
--
-- Returns the id of its entry. Sending the same call twice writes it once.
local token = P .. ':audit:added:' .. ARGV[2]
local entry = redis.call('GET', token)
if not entry then
  entry = redis.call('XADD', P .. ':audit', '*', 'r', ARGV[1])
  redis.call('SET', token, entry, 'EX', 3600)
end
return entry
