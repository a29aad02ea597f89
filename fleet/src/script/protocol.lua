-- The version of keys, fields and scripts in a namespace: that of whoever came first.
--
-- KEYS[1]  its key
-- ARGV     the version of whoever asks, how long it is kept in ms
--
-- Answers the version that holds.

local holds = redis.call('GET', KEYS[1])
if not holds then
  holds = ARGV[1]
  redis.call('SET', KEYS[1], holds)
end
if holds == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return holds
