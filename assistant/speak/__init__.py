"""From reply to sound: text to clauses, clauses to speakable words, words to speech, speech to the loudspeaker."""
