-- Drop the keys to words of which every record is gone by retention. See audit_seal.lua for the keys.
--
-- ARGV[1] the last number that is gone, [2] how many at most
--
-- Returns how many went.
local gone = redis.call('ZRANGEBYSCORE', P .. ':audit:used', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, ticket in ipairs(gone) do
  redis.call('HDEL', P .. ':audit:text', ticket)
  redis.call('ZREM', P .. ':audit:used', ticket)
end
return #gone
