"""From sound to words: wake word, speech detection, end of the utterance, transcript."""
