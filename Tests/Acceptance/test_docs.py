"""The API reference."""

from selenium.webdriver.common.by import By


def test_every_operation_is_there_and_can_be_found(app, local):
    app.browser.get(f"{local.address}/docs")
    app.wait(lambda: app.all("details.operation"))
    paths = local.call("GET", "/openapi.json")[1]["paths"]
    operations = [item[method]["operationId"] for item in paths.values() for method in item if method != "parameters"]
    assert {node.get_attribute("id") for node in app.all("details.operation")} == set(operations)
    app.one("input[type=search]").send_keys("cancel job")

    def shown():
        return [node.get_attribute("id") for node in app.all("details.operation") if node.is_displayed()]

    app.wait(lambda: shown() == ["cancelTranslation"])


def test_an_operation_is_tried(app, local):
    app.browser.get(f"{local.address}/docs#translate")
    app.wait(lambda: app.all("#translate form"))
    operation = app.one("#translate")
    app.wait_for_text("#translate", "at most 35 characters")
    operation.find_element(By.CSS_SELECTOR, "button.primary").click()
    app.wait_for_text("#translate .answer", "translated_text")
    assert "200" in app.text("#translate .answer .badge")
    operation.find_element(By.CSS_SELECTOR, "button.quiet").click()
    assert app.copied.startswith("curl 'http://127.0.0.1") and "Good morning." in app.copied


def test_every_operation_opens_without_an_error(app, local):
    app.browser.get(f"{local.address}/docs")
    app.wait(lambda: app.all("details.operation"))
    app.script("for (const node of document.querySelectorAll('details.operation')) node.open = true")
    app.wait(lambda: len(app.all("details.operation > .body")) == len(app.all("details.operation")))
