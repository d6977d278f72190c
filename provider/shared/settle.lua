-- Replaces what was reserved for a batch by its cost, once for all replicas. Returns 1 for
-- the first.
--
-- KEYS: the batch, then its ledgers. ARGV: who settles it, then by how much the cost differs
-- from what was reserved in each ledger.
if redis.call('HSETNX', KEYS[1], 'settled', ARGV[1]) == 0 then
  return redis.call('HGET', KEYS[1], 'settled') == ARGV[1] and 1 or 0
end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then -- else its day or month is over
    redis.call('HINCRBY', KEYS[i], 'total', ARGV[i])
  end
end
return 1
