-- A story that was counted anew.
UPDATE stories SET recounts = 3 WHERE id = 1;
