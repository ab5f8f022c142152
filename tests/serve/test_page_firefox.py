"""The page in Firefox: sort, look at a work, correct its date."""

from pathlib import Path

import pytest

from tests.browser import unseen
from tests.firefox import FIREFOX, opened_tab


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox here: install Debian's package firefox-esr")
def test_a_set_is_sorted_in_firefox(service: str, catalogue: Path) -> None:
    with opened_tab(service) as tab:
        tab.choose("#files", unseen(catalogue)[:3])
        tab.wait_for("document.querySelectorAll('.row').length === 3 && $('status').hidden")
        tab.wait_for("document.querySelector('.career').innerText.includes('dated works by')")
        tab.value("document.querySelector('.row').click()")
        tab.wait_for("[...$('nearest').querySelectorAll('img')].filter((one) => one.naturalWidth > 0).length === 5")
        assert "Chance that" in tab.value("$('why').innerText")
        tab.value("$('date').value = '1500', $('fix').requestSubmit(), $('again').click()")
        tab.wait_for("document.querySelector('.row b').innerText === '1500'")
        tab.value("$('undo').click()")
        tab.wait_for("document.querySelector('.row b').innerText.startsWith('about')")
