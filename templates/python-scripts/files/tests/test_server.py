import unittest

from server import render


class Render(unittest.TestCase):
    def test_shows_the_words_of_a_text(self) -> None:
        self.assertIn("<tr><td>tea</td><td>2</td></tr>", render("tea, tea"))

    def test_a_text_is_no_markup(self) -> None:
        page = render("<script>alert(1)</script>")
        self.assertNotIn("<script>", page)
        self.assertIn("&lt;script&gt;", page)


if __name__ == "__main__":
    unittest.main()
