-- Counts the replicas that live, and returns the time, the mark, when this replica was last
-- seen, how many there are, and key and age of each cooldown.
--
-- KEYS: the mark of the data, the replicas, the cooldowns.
-- ARGV: this replica, how long it lives without a heartbeat, a mark for a server that has
-- none, how long a mark lives, and a cooldown; all in milliseconds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('SET', KEYS[1], ARGV[3], 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[4])

local seen = redis.call('ZSCORE', KEYS[2], ARGV[1]) -- before what a server has that went back to an older state
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], now + ARGV[2], '+inf')
redis.call('PEXPIRE', KEYS[2], ARGV[2])

redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[5])
local answer = { now, redis.call('GET', KEYS[1]), tonumber(seen or '0'), redis.call('ZCARD', KEYS[2]) }
local cooling = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
for i = 1, #cooling, 2 do
  answer[#answer + 1] = cooling[i]
  answer[#answer + 1] = math.max(0, now - cooling[i + 1])
end
return answer
