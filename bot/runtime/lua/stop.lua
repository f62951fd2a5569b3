-- Set or lift a stop, and write down in the audit that somebody did, at once: neither without the other.
--
-- ARGV[1] the scope, [2] what is known of the stop, empty to lift it
-- ARGV[3] the audit's record, [4] a token of this very call
--
-- Returns 1, or 0 when there was nothing to lift. Sending the same call twice does it once and says 1 twice.
local token = P .. ':audit:added:' .. ARGV[4]
if redis.call('EXISTS', token) == 1 then return 1 end
redis.call('XLEN', P .. ':audit')
if ARGV[2] == '' then
  if redis.call('HDEL', P .. ':stops', ARGV[1]) == 0 then return 0 end
else
  redis.call('HSET', P .. ':stops', ARGV[1], ARGV[2])
end
redis.call('SET', token, redis.call('XADD', P .. ':audit', '*', 'r', ARGV[3]), 'EX', 3600)
return 1
