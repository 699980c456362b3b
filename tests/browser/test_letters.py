"""A letter to the list as it is shown: at two widths, light and dark, with pictures and without."""
import os
import sys

import letters
from stack import TOP

sys.path.insert(0, os.path.join(TOP, "tests/letters"))
import lint  # noqa: E402


def test_a_letter_to_the_list_is_read_everywhere(page):
    html = letters.made(page)
    found = lint.faults({"letter": html})
    assert found == [], found
    letters.show(page, html)
    for width, scheme in letters.looks(page):
        found = letters.faults(page, width)
        assert found == [], (width, scheme, found)
    with_images = letters.picture(page)
    with letters.without_images(page):
        letters.show(page, html)
        assert letters.picture(page) == with_images, "it has no picture that could be missing"
    # The look sees what it is for.
    letters.show(page, html.replace("color:#1f2430", "color:#d0d4da").replace('width="560"', 'style="width:700px"'))
    found = " ".join(letters.faults(page, 412))
    assert "to 1" in found and "wide" in found, found
