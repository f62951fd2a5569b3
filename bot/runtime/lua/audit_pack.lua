-- Put neighbouring blocks together: the same lines in one block, compressed better. See audit_seal.lua.
--
-- ARGV[1] the new block, [2] its member; then the members it replaces, in order
--
-- Returns 1; 0 when one of them is no longer there: somebody else packed or pruned.
local first = string.match(ARGV[2], '^(%d+)-')
for i = 3, #ARGV do
  if not redis.call('ZSCORE', P .. ':audit:blocks', ARGV[i]) then return 0 end
end
for i = 3, #ARGV do
  redis.call('ZREM', P .. ':audit:blocks', ARGV[i])
  redis.call('DEL', P .. ':audit:block:' .. string.match(ARGV[i], '^(%d+)-'))
end
redis.call('SET', P .. ':audit:block:' .. first, ARGV[1])
redis.call('ZADD', P .. ':audit:blocks', first, ARGV[2])
return 1
