-- Before this instant nobody has a turn, burst or not.

ALTER TABLE slots ADD COLUMN held_until REAL NOT NULL DEFAULT 0;
