-- A host of the fleet says that it is there. One key per host.
--
-- KEYS[1]  the host's key
-- ARGV     instance, how long the key is kept in ms, what is to be known of the host (JSON)
--
-- Answers {time, 1}, or {time, 0, instance} if another instance goes by this name.

local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
local holder = redis.call('HGET', KEYS[1], 'instance')
if holder and holder ~= ARGV[1] then return { now, 0, holder } end
redis.call('HSET', KEYS[1], 'instance', ARGV[1], 'about', ARGV[3], 'seen', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { now, 1 }
