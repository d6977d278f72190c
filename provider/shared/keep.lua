-- Remembers what was reserved for a batch.
-- KEYS: the batch. ARGV: seconds to keep it, then ledger and amount of each reservation.
for i = 2, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
