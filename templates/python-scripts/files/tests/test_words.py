import unittest

from words import most_frequent


class MostFrequent(unittest.TestCase):
    def test_counts_words_whatever_their_case(self) -> None:
        self.assertEqual(most_frequent("The tea. the tea, THE cup"), [("the", 3), ("tea", 2), ("cup", 1)])

    def test_keeps_words_with_apostrophes_and_accents_whole(self) -> None:
        self.assertEqual(most_frequent("Don't don't café"), [("don't", 2), ("café", 1)])

    def test_shows_no_more_than_asked_for(self) -> None:
        self.assertEqual(most_frequent("a a b b c", top=2), [("a", 2), ("b", 2)])

    def test_finds_nothing_in_an_empty_text(self) -> None:
        self.assertEqual(most_frequent(""), [])


if __name__ == "__main__":
    unittest.main()
