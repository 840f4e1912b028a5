"""What the add-on framework's pages consist of, by the marks of Splunk's component library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def field(form: Page | Locator, name: str) -> Locator:
    return form.locator(f'[data-name="{name}"]:visible')


def fill(form: Page | Locator, **fields: str) -> None:
    for name, text in fields.items():
        field(form, name).locator("[data-test=textbox]").fill(text)


def choose(page: Page, form: Page | Locator, name: str, option: str) -> None:
    field(form, name).get_by_role("combobox").click()
    page.get_by_role("option", name=option, exact=True).click()


def tick(form: Page | Locator, name: str) -> None:
    field(form, name).get_by_role("checkbox").click()


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def dialog(page: Page, opener: str) -> Locator:
    page.locator("button:visible", has_text=opener).first.click()
    found = page.get_by_role("dialog")
    found.wait_for()
    return found


def press(form: Page | Locator, name: str) -> None:
    form.locator("button:visible", has_text=name).click()


def saved(form: Locator, name: str) -> None:
    """Presses the dialog's button and waits until it has closed."""
    press(form, name)
    form.wait_for(state="hidden")


def refusal(form: Page | Locator) -> str:
    """The message that a form shows, without the word in front of it that is not seen."""
    return form.locator("[data-test=message]:visible").inner_text().removeprefix("Alert\n")


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-test=row]:visible").filter(
        has=page.get_by_role("cell", name=name, exact=True)
    )


def shows(found: Locator, *texts: str, first: int = 0) -> None:
    """Waits until the cells of a row, from the ``first`` on, hold these texts."""
    from playwright.sync_api import expect

    for number, text in enumerate(texts, first):
        expect(found.get_by_role("cell").nth(number)).to_have_text(text)
