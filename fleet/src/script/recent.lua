-- What was heard of lately: a sorted set of names, by when. The hosts are one, the breakers that were spoken of another.
--
-- KEYS[1]  the set
-- ARGV     a name (empty: nobody), for how long in ms a name is kept
--
-- Answers {time, how many names there are}.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function text(number) return string.format('%.0f', number) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - tonumber(ARGV[2])))
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], text(now), ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return { text(now), redis.call('ZCARD', KEYS[1]) }
