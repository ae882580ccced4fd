// What the page says, in both languages. An element names its word: data-word (text), -title, -label, -placeholder.

const WORDS = {
  en: {
    explorer: "Explorer", otherLanguage: "中文", language: "Language", theme: "Light, dark or as the system",
    signOut: "Sign out", signIn: "Sign in", signingIn: "Signing in…", tenant: "Tenant", email: "E-mail", password: "Password",
    welcome: "Ask your data", welcomeText: "Sign in with your company's short name, your e-mail and your password. You see here exactly what you may see anywhere else.",
    welcomeFoot: "The token stays in this tab and is forgotten with it.",
    docs: "Docs", history: "History", run: "Run", stop: "Stop", tidy: "Tidy", tidyTitle: "Tidy the query (Shift+Ctrl+F)",
    copyCurl: "Copy as curl", copy: "Copy", copied: "Copied", variables: "Variables", response: "Response", table: "Table",
    resize: "Drag or use the arrow keys to resize", whichOperation: "Which operation to run",
    searchDocs: "Search types, fields, descriptions", noMatch: "Nothing matches.", roots: "Start here",
    types: "All types", arguments: "Arguments", fields: "Fields", inputs: "Input fields", values: "Values", possible: "Possible types",
    implements: "Implements", deprecated: "Deprecated", insert: "Use", insertTitle: "Put a query for this field into the editor",
    required: "required", defaultIs: "default", oneOf: "exactly one of these", back: "Back",
    kinds: { OBJECT: "type", INTERFACE: "interface", UNION: "union", ENUM: "enum", INPUT_OBJECT: "input", SCALAR: "scalar" },
    noHistory: "What you run will be listed here.", clear: "Clear history", unnamed: "unnamed", failed: "failed",
    emptyResult: "Press Run, or Ctrl+Enter.", emptyHint: "Ctrl+Space suggests what may stand at the cursor.",
    noTable: "This answer holds no list.", rows: n => `${n} row${n === 1 ? "" : "s"}`, items: n => `${n} item${n === 1 ? "" : "s"}`, keys: n => `${n} field${n === 1 ? "" : "s"}`,
    badVariables: "not a JSON object", networkDown: "The server does not answer. Is it running?", notJson: "The server answered something that is not JSON.",
    loadingSchema: "Reading the schema…", schemaFailed: "The schema could not be read.", again: "Try again", ended: "Your sign-in has ended. Please sign in again.",
    requestId: "request", line: "line", missing: "Please fill in all three fields.",
    themes: { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" },
  },
  zh: {
    explorer: "查询台", otherLanguage: "English", language: "语言", theme: "浅色、深色或跟随系统",
    signOut: "退出", signIn: "登录", signingIn: "正在登录…", tenant: "租户", email: "邮箱", password: "密码",
    welcome: "向数据提问", welcomeText: "请用公司简称、邮箱和密码登录。您在这里看到的，与在其他任何地方有权看到的完全一致。",
    welcomeFoot: "令牌只保存在此标签页中，关闭即失效。",
    docs: "文档", history: "历史", run: "运行", stop: "停止", tidy: "整理", tidyTitle: "整理查询格式（Shift+Ctrl+F）",
    copyCurl: "复制为 curl", copy: "复制", copied: "已复制", variables: "变量", response: "结果", table: "表格",
    resize: "拖动或用方向键调整宽度", whichOperation: "要运行的操作",
    searchDocs: "搜索类型、字段和说明", noMatch: "没有匹配的内容。", roots: "从这里开始",
    types: "全部类型", arguments: "参数", fields: "字段", inputs: "输入字段", values: "取值", possible: "可能的类型",
    implements: "实现", deprecated: "已弃用", insert: "使用", insertTitle: "把该字段的查询放入编辑器",
    required: "必填", defaultIs: "默认", oneOf: "只能选其中一项", back: "返回",
    kinds: { OBJECT: "类型", INTERFACE: "接口", UNION: "联合", ENUM: "枚举", INPUT_OBJECT: "输入", SCALAR: "标量" },
    noHistory: "运行过的查询会列在这里。", clear: "清空历史", unnamed: "未命名", failed: "失败",
    emptyResult: "点击“运行”，或按 Ctrl+Enter。", emptyHint: "按 Ctrl+Space 可提示光标处能写的内容。",
    noTable: "此结果中没有列表。", rows: n => `${n} 行`, items: n => `${n} 项`, keys: n => `${n} 个字段`,
    badVariables: "不是 JSON 对象", networkDown: "服务器没有应答，是否在运行？", notJson: "服务器返回的不是 JSON。",
    loadingSchema: "正在读取结构…", schemaFailed: "无法读取结构。", again: "重试", ended: "登录已失效，请重新登录。",
    requestId: "请求", line: "行", missing: "请填写全部三项。",
    themes: { auto: "◐ 自动", light: "☀ 浅色", dark: "☾ 深色" },
  },
};

const KEY = "atrium.language";
let language = localStorage.getItem(KEY) || (navigator.language.startsWith("zh") ? "zh" : "en");
const listeners = [];

export const word = key => WORDS[language][key];
export const whenLanguageChanges = listener => listeners.push(listener);

export function toggleLanguage() {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem(KEY, language);
  applyWords();
  listeners.forEach(listener => listener());
}

export function applyWords() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-word-title]")) each.title = word(each.dataset.wordTitle);
  for (const each of document.querySelectorAll("[data-word-label]")) each.setAttribute("aria-label", word(each.dataset.wordLabel));
  for (const each of document.querySelectorAll("[data-word-placeholder]")) each.placeholder = word(each.dataset.wordPlaceholder);
}
