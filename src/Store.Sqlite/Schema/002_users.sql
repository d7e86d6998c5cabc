-- Ordinary users beside administrators, and users who may not log in for now. Who was there before could do everything.
ALTER TABLE users ADD COLUMN administrator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN disabled      INTEGER NOT NULL DEFAULT 0;
UPDATE users SET administrator = 1;
