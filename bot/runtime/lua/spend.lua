-- Count what one answer of a model costs on several budgets at once, or on none of them.
--
-- ARGV[1] micro-dollars, may be negative: what was set aside and not used comes back
-- ARGV[2] tokens, as well
-- ARGV[3] seconds to keep each sum
-- ARGV[4] from here in threes: name of a budget, its limit in micro-dollars, its limit in tokens; -1: none
--
-- :llm:<name>   hash   u micro-dollars, t tokens. Expires
--
-- Returns 0 when it was counted; else which budget does not cover it (1 is the first), in tokens negative.
-- A call sent twice counts twice, which only makes us more careful.
for at = 4, #ARGV, 3 do
  local held = redis.call('HMGET', P .. ':llm:' .. ARGV[at], 'u', 't')
  local usd, tokens = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if usd >= 0 and tonumber(held[1] or '0') + tonumber(ARGV[1]) > usd then return (at - 1) / 3 end
  if tokens >= 0 and tonumber(held[2] or '0') + tonumber(ARGV[2]) > tokens then return -(at - 1) / 3 end
end
for at = 4, #ARGV, 3 do
  local key = P .. ':llm:' .. ARGV[at]
  redis.call('HINCRBY', key, 'u', ARGV[1])
  redis.call('HINCRBY', key, 't', ARGV[2])
  redis.call('EXPIRE', key, ARGV[3])
end
return 0
