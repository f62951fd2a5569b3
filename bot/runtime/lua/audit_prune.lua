-- Drop the oldest blocks and keep the head they end with. See audit_seal.lua for the keys.
--
--   :audit:pruned  hash    n last number that is gone, l the line of the head that ends there
--   :audit:cursor  string  last number that was forwarded
--
-- ARGV[1] last number to drop, [2] the line of its head, [3] '1' when only what was forwarded may go,
-- ARGV[4] the record that says so; then the members, oldest first
--
-- Returns how many blocks went; 0 when they are no longer the oldest, or not forwarded.
if ARGV[3] == '1' and tonumber(redis.call('GET', P .. ':audit:cursor') or '0') < tonumber(ARGV[1]) then return 0 end
local oldest = redis.call('ZRANGE', P .. ':audit:blocks', 0, #ARGV - 5)
for i = 5, #ARGV do
  if oldest[i - 4] ~= ARGV[i] then return 0 end
end
redis.call('XLEN', P .. ':audit')
redis.call('HSET', P .. ':audit:pruned', 'n', ARGV[1], 'l', ARGV[2])
for i = 5, #ARGV do
  redis.call('ZREM', P .. ':audit:blocks', ARGV[i])
  redis.call('DEL', P .. ':audit:block:' .. string.match(ARGV[i], '^(%d+)-'))
end
redis.call('XADD', P .. ':audit', '*', 'r', ARGV[4])
return #ARGV - 4
