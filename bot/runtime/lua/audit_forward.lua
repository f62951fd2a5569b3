-- Move the forwarding cursor on, if it is still where the caller read it.
--
-- ARGV[1] where it was ('0' when it was not there), [2] where it is now
--
-- Returns 1; 0 when somebody else moved it: go on from there. Sent twice, it moves once and says 1 twice.
local at = redis.call('GET', P .. ':audit:cursor') or '0'
if at == ARGV[2] then return 1 end
if at ~= ARGV[1] then return 0 end
redis.call('SET', P .. ':audit:cursor', ARGV[2])
return 1
