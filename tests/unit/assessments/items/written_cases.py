"""Texts and what the checks must say about them: one table for the server's checks and for the browser's."""

from __future__ import annotations

from typing import Any

Case = tuple[dict[str, Any], str, bool, str]  # check, text, is met, found


def words(low: int, high: int) -> dict[str, Any]:
    return {"check": "length", "min": low, "max": high}


def form(name: str) -> dict[str, Any]:
    return {"check": "format", "format": name}


def shape(**keywords: Any) -> dict[str, Any]:
    return {"check": "json_schema", "shape": keywords}


FIVE = {"check": "sentences", "max": 5}
NO_I = {"check": "excludes", "phrases": ["I", "in my opinion", "obviously", "错误"]}
BOTH = {"check": "contains", "all_of": ["Response A", "it's"]}
EITHER = {"check": "contains", "any_of": ["four", "4", "ÉTÉ"]}
TRIP = shape(
    type="object",
    required=["name", "days"],
    additionalProperties=False,
    properties={
        "name": {"type": "string", "minLength": 2, "maxLength": 5},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", 1, True, None]}},
    },
)
CHINESE = "人工智能模型的回答有时候看起来很流畅，但是里面可能有错误的事实。"  # 18 words with Intl.Segmenter (ICU 74)

LENGTHS: list[Case] = [
    (words(1, 3), "one two three", True, "3 words"),
    (words(1, 3), "one", True, "1 word"),
    (words(1, 3), "one two three four", False, "4 words"),
    (words(5, 0), "one two three four", False, "4 words"),
    (words(0, 9), "well-known — isn't 3.14 & 50%", True, "4 words"),
    (words(0, 9), "- one\n2. two\n# three\n> four\n* five", True, "5 words"),
    (words(0, 9), "```python\nprint(1)\n```\nend", True, "2 words"),
    (words(0, 9), "a\u200bb\u00a0c\u3000d\ufeffe", True, "5 words"),
    (words(0, 9), "Привет, мир! Как дела?", True, "4 words"),
    (words(0, 20), "यह उत्तर सही लगता है लेकिन इसमें तारीख गलत है।", True, "10 words"),
    (words(0, 9), "هذا الجواب صحيح.", True, "3 words"),
    (words(0, 9), "이 답변은 맞습니다.", True, "3 words"),
    (words(0, 40), CHINESE, True, "17 words"),
    (words(0, 9), "AI模型 GPT", True, "3 words"),
    (words(0, 9), "好", True, "1 word"),
    (words(0, 40), "この回答は質問に答えていますが、日付が間違っています。", True, "16 words"),
    (words(0, 40), "คำตอบแรกดูเหมือนถูกต้องแต่มีวันที่ผิด", True, "10 words"),
    (words(0, 40), "ຄຳຕອບທຳອິດມີວັນທີຜິດ", True, "5 words"),
    (words(0, 40), "ចម្លើយទីមួយមានកាលបរិច្ឆេទខុស", True, "6 words"),
    (words(0, 40), "ပထမအဖြေတွင် ရက်စွဲမှားနေသည်။", True, "7 words"),
    (words(0, 9), "👍 👍🏽 ok", True, "1 word"),
    (words(1, 9), "...", False, "0 words"),
    (words(1, 9), " \n\t\u200b", False, "no text yet"),
]
SENTENCES: list[Case] = [
    (FIVE, "One. Two! Three? Four…", True, "4 sentences"),
    (FIVE, "One. Two. Three. Four. Five. Six.", False, "6 sentences"),
    (FIVE, "Dr. Lee paid approx. 3.50, e.g. for tea vs. milk.", True, "1 sentence"),
    (FIVE, "It was 5 p.m. when we left.", True, "1 sentence"),
    (FIVE, "He said “no.” Then he left (at 5.) Right", True, "3 sentences"),
    (FIVE, "No full stop\n\nAnother paragraph\n- an entry\n- one more", True, "4 sentences"),
    (FIVE, "Wrapped\nover two lines.", True, "1 sentence"),
    (FIVE, "第一句。第二句！第三句", True, "3 sentences"),
    (FIVE, "यह सही है। वह गलत है।", True, "2 sentences"),
    (FIVE, "ما هذا؟ لا شيء.", True, "2 sentences"),
    (FIVE, "Wait... what?! Yes!!!", True, "2 sentences"),
    (FIVE, "...... ", True, "0 sentences"),
]
PHRASES: list[Case] = [
    (BOTH, "response\na says IT’S so", True, "all found"),
    (BOTH, "Response B says it is so", False, "missing: “Response A”, “it's”"),
    (EITHER, "There are 4.", True, "found: “4”"),
    (EITHER, "e\u0301te\u0301", True, "found: “ÉTÉ”"),
    (EITHER, "five", False, "none of them"),
    (NO_I, "It is in Illinois; the word is 'irate'.", True, "none of them"),
    (NO_I, "I'm sure.", False, "found: “I”"),
    (NO_I, "Clear, in  my\nopinion. OBVIOUSLY", False, "found: “in my opinion”, “obviously”"),
    (NO_I, "这里有错误的事实", False, "found: “错误”"),
    (NO_I, "i\u0308 \U0001d400i", True, "none of them"),
]
FORMATS: list[Case] = [
    (form("json"), ' [1, 2.5e3, "x", null] ', True, "valid JSON"),
    (form("json"), "{'a': 1}", False, "not valid JSON"),
    (form("json"), '```json\n{"a": 1}\n```', False, "not valid JSON"),
    (form("json"), "NaN", False, "not valid JSON"),
    (form("json"), "9" * 5000, True, "valid JSON"),
    (form("json"), "[" * 9000, False, "nested more than 50 levels deep"),
    (form("json"), '"' + "[" * 60 + '\\""', True, "valid JSON"),
    (form("json_object"), '{"a": {"b": []}}', True, "a JSON object"),
    (form("json_object"), "[1]", False, "JSON, but not an object"),
    (form("json_object"), "null", False, "JSON, but not an object"),
    (form("numbered_list"), "1. one\n   more of it\n\n2) two\n3. three", True, "3 entries"),
    (form("numbered_list"), "1. one\n3. three", False, "entry 2 has another number"),
    (form("numbered_list"), "Here:\n1. one\n2. two", False, "line 1 is not an entry"),
    (form("numbered_list"), "1. one", False, "1 entry"),
    (form("bullet_list"), "- one\n* two\n• three", True, "3 entries"),
    (form("bullet_list"), "- one\n\nand two", False, "line 3 is not an entry"),
    (form("markdown_table"), "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | x \\| y |", True, "2 rows"),
    (form("markdown_table"), "a | b\n--- | ---\n1 | 2", True, "1 row"),
    (form("markdown_table"), "| a | b |\n|---|---|\n| 1 |", False, "line 3 does not have the cells of the head"),
    (form("markdown_table"), "| a | b |\n| 1 | 2 |", False, "not a table with a head, a line of dashes and a row"),
    (form("single_paragraph"), "One line.\nStill the same.", True, "1 paragraph"),
    (form("single_paragraph"), "One.\n \nTwo.", False, "2 paragraphs"),
    (form("single_paragraph"), "One.\n- an entry", False, "a list, heading or quotation in line 2"),
    (form("no_markdown"), "Plain, 2 * 3 = 6 and snake_case.\n1. a number is plain too", True, "no Markdown"),
    (form("no_markdown"), "Plain\n## Head", False, "Markdown in line 2"),
    (form("no_markdown"), "So **bold**", False, "Markdown in line 1"),
]
SHAPES: list[Case] = [
    (TRIP, '{"name": "Ana", "days": 3, "tags": ["a", 1.0]}', True, "fits"),
    (TRIP, '{"name": "Ana"}', False, "$.days is missing"),
    (TRIP, '{"name": "Ana", "days": 3, "more": 1, "also": 2}', False, "$.also is not allowed"),
    (TRIP, '{"name": "Ana", "days": 3, "__proto__": 1}', False, "$.__proto__ is not allowed"),
    (TRIP, '{"name": "Ana", "days": 2.5}', False, "$.days is not of the type integer"),
    (TRIP, '{"name": "Ana", "days": true}', False, "$.days is not of the type integer"),
    (TRIP, '{"name": "Ana", "days": 8}', False, "$.days is too long or too large"),
    (TRIP, '{"name": "A", "days": 1}', False, "$.name is too short or too small"),
    (TRIP, '{"name": "👍👍👍👍👍", "days": 1}', True, "fits"),
    (TRIP, '{"name": "Ana", "days": 1, "tags": ["a", false]}', False, "$.tags[2] has another value than the allowed ones"),
    (TRIP, '{"name": "Ana", "days": 1, "tags": []}', False, "$.tags is too short or too small"),
    (TRIP, "[]", False, "$ is not of the type object"),
    (TRIP, "{", False, "not valid JSON"),
    (shape(type="integer"), "1e400", False, "$ is not of the type integer"),
    (shape(enum=[1]), "true", False, "$ has another value than the allowed ones"),
    (shape(type="array", items={"type": "null"}), "[null, 0]", False, "$[2] is not of the type null"),
]
TEXTS = [  # language and text, to compare the count with the dictionary of Intl.Segmenter
    ("zh", "请先阅读两个回答，再决定哪一个更符合用户的要求。用户要求列出五个不同的建议，每个建议不超过十二个字。"),
    ("zh", "图书馆从八月三日到八月二十一日关闭，因为屋顶需要修理。在这段时间到期的书可以在八月底以前归还，不用付罚款。"),
    (
        "ja",
        "図書館は屋根の修理のため、八月三日から二十一日まで閉まります。この期間に返す本は、月末まで無料で返すことができます。",
    ),
    (
        "ja",
        "ユーザーは五つの異なるアドバイスを求めました。スマートフォンのデータを節約するために、ビデオの自動再生をオフにしてください。",
    ),
    ("th", "ห้องสมุดจะปิดตั้งแต่วันที่สามถึงวันที่ยี่สิบเอ็ดสิงหาคมเพราะต้องซ่อมหลังคา หนังสือที่ครบกำหนดในช่วงนี้สามารถคืนได้จนถึงสิ้นเดือนโดยไม่เสียค่าปรับ"),
    ("th", "ผู้ใช้ขอคำแนะนำห้าข้อที่แตกต่างกันและแต่ละข้อต้องไม่เกินสิบสองคำ"),
    ("lo", "ຫໍສະໝຸດຈະປິດເພາະວ່າຕ້ອງສ້ອມແປງຫຼັງຄາ ປຶ້ມທີ່ຄົບກຳນົດສາມາດສົ່ງຄືນໄດ້ຈົນເຖິງທ້າຍເດືອນ"),
    ("km", "បណ្ណាល័យនឹងបិទពីព្រោះត្រូវជួសជុលដំបូល សៀវភៅដែលដល់ថ្ងៃកំណត់អាចសងវិញបានរហូតដល់ចុងខែ"),
    ("my", "စာကြည့်တိုက်ကို ခေါင်မိုးပြင်ဆင်ရန်အတွက် ပိတ်ထားမည်။ သတ်မှတ်ရက်ပြည့်သော စာအုပ်များကို လကုန်အထိ ပြန်အပ်နိုင်သည်။"),
]
CASES = [*LENGTHS, *SENTENCES, *PHRASES, *FORMATS, *SHAPES]
HOSTILE = {
    "dots": "." * 19_999 + "x",
    "lines": "\n" * 20_000,
    "spaces": " " * 19_999 + "x",
    "brackets": "[" * 20_000,
    "quotes": '"' * 20_000,
    "backslashes": '"' + "\\" * 19_999,
    "pipes": "|\n" * 10_000,
    "dashes": "| - " * 5_000,
    "marks": "a" + "\u0316\u0301" * 9_999,
    "one phrase": "i" * 20_000,
    "numbers": "1. " * 6_600,
    "han": "好" * 20_000,
    "stops": "。" * 20_000,
    "closers": "a." + ")" * 19_998,
    "fences": "```\n" * 5_000,
    "deep": '{"a":' * 4_000,
    "keys": "{" + ",".join(f'"{n}":1' for n in range(2_000)) + "}",
}
