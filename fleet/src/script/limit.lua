-- A limit that hosts share: one hash, changed by this script alone. What hosts have always, their floors, is not in it; it
-- lends the rest, for a time, in millionths of the limit.
--
-- KEYS[1]  the limit's hash
-- ARGV     host, the server's time as the host knows it, its floor, how many hosts there are at most, what it holds of what
--          was lent, what it wants to be lent
--
-- Fields (times are the server's, in ms since 1970):
--   id       the server that wrote it
--   t        when it was last written
--   q        until then only what hosts hold is lent again: there may be more of them than are known here
--   w        when wants were last weighed, and what came of it:
--   lv, b    what each host gets at most of what it wants; and besides
--   n, s     how many hosts there are; what is lent to all of them
--   h:HOST   what a host may hold, until when, its own time of asking, and what it wants
--
-- Answers {time, granted, lent, for how long, sum, hosts}; granted is 0 where an older question came after a newer one.
--
-- The sum of what hosts hold is never above what there is to lend:
-- * A host counts its time from before it asks, and LEASE is SLACK shorter than what it is counted for here.
-- * Until it says that it holds less, it is counted for what it holds.
-- * Where something may have been lent that is not written here - a new hash, another server than the one that wrote it, a
--   clock that went back or on by more than GAP - all is forgotten, and nothing is lent anew until it has ended; what a
--   host says that it holds is lent to it again.

local key, host, asked = KEYS[1], ARGV[1], tonumber(ARGV[2])
local floor, most, held, wanted = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local WHOLE, LEASE, SLACK, GAP = 1000000, 5000, 3000, 3000
local WEIGH_EVERY, KEPT, STALE = 1000, 60000, 2000

local function text(number) return string.format('%.0f', number) end

local head = redis.call('HMGET', key, 'id', 't', 'q', 'w', 'lv', 'b', 'n', 's', 'h:' .. host)
local function number(i) return tonumber(head[i] or 0) or 0 end
local id, last, quiet, weighed = head[1], number(2), number(3), number(4)
local level, bonus, hosts, sum = number(5), number(6), number(7), number(8)

local function entry(value)
  local parts = {}
  for part in string.gmatch(value or '', '%d+') do parts[#parts + 1] = tonumber(part) end
  return { lent = parts[1] or 0, till = parts[2] or 0, asked = parts[3] or 0, wants = parts[4] or 0 }
end

local here = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '?'
local is_known = id == here and now >= last and now - last <= GAP
local before = is_known and head[9] and entry(head[9])
local is_late = math.abs(now - asked) > STALE or (before and asked <= before.asked)
if is_late then return { text(now), 0, '0', '0', text(sum), text(hosts) } end

if not is_known then
  redis.call('DEL', key)
  quiet = now + LEASE + SLACK
end
-- What all others may hold.
local others = sum - (before and before.lent or 0)

-- Weighs what all want: the most for who wants least, and what nobody wants in equal parts.
if not before or now - weighed >= WEIGH_EVERY then
  local flat, wants = redis.call('HGETALL', key), { wanted }
  others, hosts = 0, 1
  for i = 1, #flat, 2 do
    local field = flat[i]
    if field:sub(1, 2) == 'h:' and field ~= 'h:' .. host then
      local e = entry(flat[i + 1])
      if e.till <= now then
        redis.call('HDEL', key, field)
      else
        others, hosts = others + e.lent, hosts + 1
        wants[#wants + 1] = e.wants
      end
    end
  end
  local rest, left = math.max(0, WHOLE - floor * math.max(most, hosts)), hosts
  table.sort(wants)
  level = WHOLE
  for _, want in ipairs(wants) do
    if want * left > rest then
      level, rest = math.floor(rest / left), 0
      break
    end
    rest, left = rest - want, left - 1
  end
  bonus, weighed = math.floor(rest / hosts), now
end

local free = math.max(0, WHOLE - floor * math.max(most, hosts) - others)
local grant = now < quiet and held or math.min(math.min(wanted, level) + bonus, free)
local counted = math.max(grant, held)
local mine = { counted, now + LEASE + SLACK, asked, wanted }
for i, part in ipairs(mine) do mine[i] = text(part) end
redis.call('HSET', key, 'h:' .. host, table.concat(mine, ' '), 'id', here, 't', text(now), 'q', text(quiet), 'w', text(weighed), 'lv', text(level), 'b', text(bonus),
  'n', text(hosts), 's', text(others + counted))
redis.call('PEXPIRE', key, text(KEPT))
return { text(now), 1, text(grant), text(LEASE), text(others + counted), text(hosts) }
