-- +goose Up

-- A permit of a version, a claim and a block of the status list are written in
-- one transaction with what they name, and neither is ever deleted. To look that
-- up again for each took a quarter of what the server did for a license; whoever
-- restores a register has all of them looked up at once. The tables are locked in
-- the order in which issuing takes them, and nobody waits for long for one that
-- is being read.
SET LOCAL lock_timeout = '5s';
LOCK TABLE versions, licenses, status_chunks, status_blocks, version_permits, claims IN ACCESS EXCLUSIVE MODE;
ALTER TABLE status_blocks DROP CONSTRAINT status_blocks_version_fkey;
ALTER TABLE status_blocks DROP CONSTRAINT status_blocks_chunk_fkey;
ALTER TABLE version_permits DROP CONSTRAINT version_permits_version_fkey;
ALTER TABLE claims DROP CONSTRAINT claims_base_fkey;
