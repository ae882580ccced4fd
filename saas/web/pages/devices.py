"""What kind of browser a session is in, as its user agent says; people must only tell their own apart."""

_BROWSERS = {
    "MicroMessenger/": "WeChat",
    "DingTalk/": "DingTalk",
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device(agent: str) -> tuple[str, str]:
    """The browser and the system, each empty where it is not told."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), "")
    return browser, next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
