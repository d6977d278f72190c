-- One step of a replica: it says what it has, and may take a slot of a rate limit.
--
-- KEYS: the mark of the data, then the windows, then the ledgers of the request.
-- ARGV: the request as JSON. Amounts are texts, since the numbers of Lua are exact up to
-- 2^53 only; Redis adds them as integers.
local request = cjson.decode(ARGV[1])
local windows, ledgers = request.windows or {}, request.ledgers or {}

-- A server without its mark has lost what was counted, which must not look like room.
if redis.call('GET', KEYS[1]) ~= request.mark then
  return redis.error_reply('LOST the server has lost its data')
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The part of a writer replaces the one that it said before, unless that is newer. So
-- nothing is counted twice, however often and in which order it is said.
local function merge(key, ledger)
  local known = redis.call('HMGET', key, ledger.writer, ledger.writer .. ':version')
  if ledger.version < tonumber(known[2] or '-1') then
    return
  end
  redis.call('HSET', key, ledger.writer, ledger.own, ledger.writer .. ':version', string.format('%.0f', ledger.version))
  redis.call('HINCRBY', key, 'total', ledger.own)
  if known[1] and known[1] ~= '0' then
    redis.call('HINCRBY', key, 'total', '-' .. known[1])
  end
  redis.call('EXPIRE', key, ledger.kept)
end

local answer, refused = { 0, 0, 0 }, false
for i, ledger in ipairs(ledgers) do
  local key = KEYS[1 + #windows + i]
  merge(key, ledger)
  local sums = redis.call('HMGET', key, 'total', ledger.writer)
  answer[2 + 2 * i] = sums[1] or '0'
  answer[3 + 2 * i] = sums[2] or '0'
  -- Above 9,007 EUR the comparison is exact to a billionth of a EUR.
  if ledger.max and not refused and tonumber(sums[1]) > tonumber(ledger.max) then
    answer[3], refused = i, true
  end
end

for i, window in ipairs(windows) do
  local key = KEYS[1 + i]
  -- A clock that was set back would make slots of the future, which never expire.
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. now, '+inf')) do
    redis.call('ZADD', key, now, member)
  end
  for _, sent in ipairs(window.sent or {}) do
    redis.call('ZADD', key, 'NX', now - sent[2], sent[1])
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window.length)
  local used = redis.call('ZCARD', key)
  if window.slot and not refused then
    if used < window.most then
      redis.call('ZADD', key, now, window.slot)
      used = used + 1
    else
      local first = redis.call('ZRANGE', key, used - window.most, used - window.most, 'WITHSCORES')
      answer[1] = first[2] + window.length - now
    end
  end
  redis.call('PEXPIRE', key, window.length)
  answer[2] = used
end
return answer
