"""Vietnamese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from seedsum.languages.common import EXONYMS, count, implied, nfc, units, words
from seedsum.languages.language import (
    DetectionCues,
    Language,
    LengthRatio,
    NameRules,
    NumberWords,
    PageCues,
    SentenceCues,
)
from seedsum.languages.mentions import Quantity, Token, clock_readings, number_readings, phrase

# --------------------------------------------------------------------------------------------
# Numbers

_WEEKDAY_NUMBERS = range(2, 8)


def _special(
    tokens: Sequence[Token], i: int, end: int, value: Fraction
) -> tuple[list[Quantity], int] | None:
    """Read `thứ ba`, `tháng 10`, `19 giờ 30`; None where the number is nothing of that sort."""
    before = tokens[i - 1].text if i else ""
    before2 = tokens[i - 2].text if i > 1 else ""
    start = tokens[i - 1].start if i else tokens[i].start
    text_end = tokens[end - 1].end
    written = " ".join(token.text for token in tokens[max(i - 1, 0) : end])
    if before == "thứ":
        readings = list(number_readings([value]))
        if value in _WEEKDAY_NUMBERS:
            readings.append((("weekday", value - 1),))
        return [Quantity(written, start, text_end, tuple(readings))], end
    if (
        before == "tháng"
        and value.denominator == 1
        and 1 <= value <= 12
        and before2 not in _BEFORE_DURATION
        and not (_is_number(before2) and phrase(tokens, end, 1) in _AFTER_DURATION)
    ):
        return [Quantity(written, start, text_end, ((("month", value),),))], end
    follows = tokens[end + 1] if end + 1 < len(tokens) else None
    dash = end < len(tokens) and tokens[end].text in ("-", "–")
    if (
        before in _BEFORE_DATE
        and dash
        and follows is not None
        and follows.kind == "num"  # not `²`, nor thousands of digits
        and follows.text.isdigit()
    ):
        month = Fraction(int(follows.text))  # ngày 4-7
        if 1 <= month <= 12 and value <= 31:
            atoms = (("number", value), ("month", month)), (("number", value), ("number", month))
            written = f"{value}-{month}"
            return [Quantity(written, tokens[i].start, follows.end, atoms)], end + 2
    is_digits = tokens[i].kind == "num" and end == i + 1
    if before in _LIST_MARKS and is_digits and value <= 12 and _after_month(tokens, i - 1):
        readings = [*number_readings([value]), (("month", value),)]  # tháng 7-8
        return [Quantity(written, start, text_end, tuple(readings))], end
    after = tokens[end].text if end < len(tokens) else ""
    if after in ("giờ", "h") and value.denominator == 1 and value <= 24:
        minute, rest = 0, end + 1
        if rest < len(tokens):
            if tokens[rest].text == "rưỡi":
                minute, rest = 30, rest + 1
            elif tokens[rest].kind == "num" and tokens[rest].text.isdigit():
                number = int(tokens[rest].text)
                if number < 60:
                    minute, rest = number, rest + 1
        span = (tokens[i].start, tokens[rest - 1].end)
        written = " ".join(token.text for token in tokens[i:rest])
        return [Quantity(written, *span, clock_readings(f"{int(value)}:{minute:02d}"))], rest
    return None


_LIST_MARKS = words("- – , và đến")
_BEFORE_DATE = words("ngày hôm sáng trưa chiều tối đêm mùng mồng")


def _after_month(tokens: Sequence[Token], j: int) -> bool:
    """Return whether token j follows `tháng` and its number."""
    return j > 1 and tokens[j - 2].text == "tháng"


#: Before `tháng` these make it a duration or a rate, and the number after it something else.
_BEFORE_DURATION = words("mỗi hàng hằng một nhiều vài mấy các theo")
#: `3 tháng 5 ngày` is three months and five days; `3 tháng 5` is the third of May.
_AFTER_DURATION = words("ngày tuần giờ lần")


def _is_number(text: str) -> bool:
    return text.isdigit() or text in _NUMBERS.small


_NUMBERS = NumberWords(
    small={
        **count("một/mốt hai ba bốn/tư năm/lăm sáu bảy/bẩy tám chín mười"),
        "nửa": Fraction(1, 2),
    },
    tens=words("mươi"),
    multipliers=nfc(
        {
            "chục": 10,
            "tá": 12,
            "trăm": 100,
            "nghìn": 1000,
            "ngàn": 1000,
            "vạn": 10**4,
            "triệu": 10**6,
            "tr": 10**6,
            "tỷ": 10**9,
            "tỉ": 10**9,
        }
    ),
    joiners=words("linh lẻ"),
    halves=words("rưỡi"),
    ordinals=count("nhất nhì"),
    implied=implied(
        n0="không",
        n1="đầu đầu_tiên đơn duy_nhất độc_nhất nhất riêng mỗi mốt giêng",
        n2="đôi cặp kép gấp_đôi cả nhị song nhau lưỡng nhì phó hai_bên",
        n1_2="nửa rưỡi",
        n50="nửa",
        n3="tam triple",
        n4="tứ tư quý",
        n1_4="quý",
        n5="ngũ",
        n6="lục",
        n7="thất",
        n8="bát",
        n9="cửu",
        n10="thập_kỷ thập_niên chục thập",
        n12="tá trưa nửa_đêm chạp",
        n14="tuần",
        n100="thế_kỷ trăm",
        n1000="nghìn ngàn thiên_niên_kỷ",
        n10000="vạn",
        n1000000="triệu",
        n1000000000="tỷ tỉ",
    ),
    # một: a; ba: father; tư: private; năm: year; chín: ripe; tám: chat; hai: both, the two of them
    ambiguous=words("một mốt hai ba tư năm lăm chín nửa nhất nhì"),
    months=nfc({"giêng": 1, "chạp": 12}),
    ambiguous_months=words("giêng chạp"),
    not_before={
        word: words(following)
        for word, following in {
            "tỷ": "lệ số trọng giá suất phú dụ",
            "tỉ": "lệ số trọng giá suất phú dụ",
            "triệu": "chứng tập hồi phú đình",
            "chín": "muồi chắn",
            "năm": "nay ngoái tới sau trước qua đó này kia học",
        }.items()
    },
    not_after={
        "năm": words(
            "một hai ba bốn sáu bảy tám chín mười mỗi hàng hằng nhiều vài mấy cuối đầu giữa"
        )
    },
    not_a_unit=words("năm"),
    units=units(
        percent="phần_trăm",
        dollar="đô_la đô dollar đôla",
        euro="euro",
        pound="bảng_anh bảng pao",
        dong="đồng đ",
        taka="rupee taka",
        yen="yên",
        yuan="nhân_dân_tệ",
        km="ki_lô_mét kilomet kilômét cây_số",
        mile="dặm",
        m="mét",
        cm="xăng_ti_mét centimet",
        mm="mi_li_mét milimet",
        foot="feet foot bộ",
        inch="inch",
        kg="ki_lô_gam kilôgam kilogam ký cân kí",
        g="gam gram",
        tonne="tấn",
        litre="lít",
        hectare="hecta héc_ta ha",
        acre="mẫu_anh",
        second="giây",
        minute="phút",
        hour="giờ tiếng",
        day="ngày hôm",
        week="tuần",
        month="tháng",
        year="năm tuổi",
    ),
    weekdays=nfc({"chủ nhật": 7, "chúa nhật": 7}),
    decade_before=words("thập niên kỷ những"),
    ranges=words("đến hoặc"),
    special=_special,
    numerals_follow=True,
    decimal_comma=True,
    day_first=True,
)


# --------------------------------------------------------------------------------------------
# Words, letters and names

#: With and without diacritics.
_FUNCTION_WORDS = words(
    "và của là có không được cho các một những trong người với này đã để khi đó ông bà từ "
    "trên tại về vào cũng như theo va cua la khong duoc nhung nguoi voi da den tren"
)
_OWN_LETTERS = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ")

#: Onset, nucleus, coda. Source: the orthography is regular; checked on the capitalised tokens of
#: the corpora.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|b|c|d|g|h|k|l|m|n|p|r|s|t|v|x)?"
    r"(?:uyeu|uoi|uou|uya|uye|uay|uao|oai|oay|oao|oeo|ieu|yeu|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|"
    r"oo|ua|ue|ui|uo|uu|uy|ye|a|e|i|o|u|y)"
    r"(?:ch|nh|ng|c|m|n|p|t)?"
)
#: Those of Vietnamese words.
_ACRONYMS = words(
    "tp tphcm hcm hn ubnd hđnd hdnd thpt thcs đh đhqg cđ gd gdđt csgt ubtv tw tư bch bcđ qđnd "
    "cand lhq tt ttxvn vn bđs nđ cp qđ ttg bhxh bhyt đbqh qh pgs ths ts gs bs ks nsnd nsưt clb "
    "hlv vđv tnhh mtv ngk kcn kđt gplx gtvt tnmt bv btc ban bqp bca gd pgd tgđ chdcnd"
)
#: The commonest misses on a third of the vi-en news corpora (15,473 pairs).
_EXONYMS = EXONYMS | {
    "adn": "dna",
    "ailen": "ireland irish",
    "amiang": "asbestos",
    "axit": "acid",
    "campuchia": "cambodia",
    "gruzia": "georgia",
    "kito": "christ",
    "litva": "lithuania",
    "matxcova": "moscow",
    "moskva": "moscow",
    "natri": "sodium",
    "rumani": "romania",
}
_NAMES = NameRules(
    syllable=_SYLLABLE,
    acronyms=_ACRONYMS,
    # Hardly ever Chinese: those are spelt another way in English.
    surnames=words("Nguyễn Bùi Đỗ Võ Huỳnh Đinh"),
    exonyms=_EXONYMS,
    the_country=re.compile(
        r"nước này|đất nước|nước ta|nước tôi|nước nhà|trong nước|cả nước|quốc gia"
    ),
    # `Anh` is England, he, or a given name; `Đức` Germany or virtue.
    max_ambiguous_letters=4,
    before_persons=words(
        "bà ông cô anh chị em bé cháu thầy bác chú sĩ sỹ bạn mẹ cụ tên là và với dì cậu nàng sư "
        "viên la đô đôla bảng yên quan mẫu dặm thước vuông"
    ),
    after_others=words("em chị ta ấy trai hùng ký ngữ"),
)

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues(
    words=words(
        "và của là có không được trong cho với các những một người này đã sẽ đang đến từ khi theo"
        " tại về như để cũng nhiều vào ra ở trên sau nhưng thì mà do bị phải năm ngày đó ông bà nói"
        " việc rằng hay hoặc chỉ đây còn nếu vì giữa"
    ),
    # é and ô and the like it shares with French and Portuguese.
    letters=frozenset(
        "ăđơưắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựạảịỉẹẻẽọỏụủỵỷỹĩũ",
    ),
    # Where it is no word of English, French or Indonesian.
    toneless_words=words(
        "va cua la co khong duoc trong voi cac nhung mot nguoi nay da se dang tu khi theo tai ve"
        " nhu cung nhieu vao tren sau thi ma bi phai nam ngay ong noi viec rang hoac chi con neu vi"
        " giua benh vien bac si viet tinh huyen xa dong ty trieu dan"
    ),
    # An initial, a vowel group and a final, of the few there are.
    toneless_syllable=re.compile(
        r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
        r"(?:[aeiouy]|ai|ao|au|ay|eo|eu|ia|ie|ieu|iu|oa|oai|oay|oe|oi|oo|ua|ue|ui|uo|uoi|uou|uu|uy"
        r"|uya|uye|ye|yeu|ya)(?:c|ch|m|n|ng|nh|p|t)?"
    ),
)

_SENTENCES = SentenceCues(
    # Degrees, ranks, places, parts of laws.
    titles=words(
        "ts ths bs cn gs pgs kts ks tp tx tt q p h th tr nxb ubnd đh cđ gđ pgđ bskc bscki bsckii ds"
        " đd nsnd nsưt tk stt sđt ths.bs ts.bs pgs.ts gs.ts bs.ckii bs.cki"
    ),
    open_abbreviations=words("tw v.v"),
    starters=words(
        "sau theo tuy trong khi đây đó tại ngoài bên để hiện do vì với từ các những một ông bà anh"
        " chị đồng trước ngày năm"
    ),
    section_words=("điều", "mục", "khoản", "chương", "phần", "bài"),
    conjunctions=("và", "hoặc", "nhưng", "mà", "vì", "khi", "để", "rằng", "nên", "do"),
)

_PAGE = PageCues(
    related_heading=r"(?:các )?(?:tin|bài|tin bài|tin tức|bài viết|chủ đề|sự kiện)"
    r"(?: (?:liên quan|khác|mới(?: nhất| hơn)?|cũ hơn|nổi bật|đọc nhiều(?: nhất)?|xem nhiều"
    r"|cùng chuyên mục|cùng chủ đề|đã đưa))+|cùng chuyên mục|cùng chủ đề"
    r"|(?:xem|đọc) (?:thêm|nhiều|tiếp)|có thể bạn (?:quan tâm|thích)|đừng bỏ lỡ|mới nhất",
    comment_heading=r"(?:viết |gửi |các )?bình luận|ý kiến(?: (?:của bạn|bạn đọc|độc giả))?",
    related_link=r"xem thêm|đọc thêm|tin liên quan",
    read_on=r"^(?:kính )?mời (?:bạn|quý (?:vị|độc giả)).{0,20}(?:đọc|xem)|^xem chi tiết",
    source_line=r"nguồn(?: tin)?|link gốc|theo nguồn",
    caption_credit=r"ảnh(?: (?:minh họa|tư liệu|chụp màn hình))?|hình(?: ảnh)?",
    caption_initials="ẢH",
    caption_label=r"ảnh minh họa|ảnh tư liệu|hình minh họa",
    legal=r"bản quyền (?:©|thuộc|của|[0-9])|mọi quyền\b|giấy phép (?:số|xuất bản|hoạt động)"
    r"|chịu trách nhiệm (?:nội dung|chính)|(?:phó )?tổng biên tập\s*[:：]",
    legal_anywhere=r"ghi rõ nguồn",
    notice=r"^(?:chính sách (?:bảo mật|cookie)|điều khoản sử dụng|đăng ký nhận (?:tin|bản tin)"
    r"|(?:đường dây nóng|hotline)\s*[:：])|^quảng cáo$",
    contact=r"địa chỉ|điện thoại",
    share=r"chia sẻ(?: (?:bài viết|lên|qua|trên) .{0,30})?|in bài(?: viết)?|sao chép liên kết"
    r"|theo dõi .{1,30} trên .{1,30}",
    menu=r"quay lại|trở (?:lại|về)|trang chủ|tìm kiếm|đăng nhập|đăng ký|liên hệ|giới thiệu"
    r"|bài (?:trước|sau)|trang (?:trước|sau)|về đầu trang",
    tags=r"từ khóa|thẻ|chủ đề|chuyên mục",
    byline=r"(?:nhóm )?pv",
    byline_label=r"tác giả|bài(?: và ảnh)?|thực hiện|biên tập|phóng viên|pv",
    home=r"trang chủ|tin tức",
    date_words=r"\b(?:thứ|hai|ba|tư|năm|sáu|bảy|chủ nhật|ngày|tháng|giờ|phút|lúc|cập nhật|đăng"
    r"|xuất bản|sáng|chiều|tối|sa|ch|trước)\b",
    weekdays=r"thứ (?:hai|ba|tư|năm|sáu|bảy)|chủ nhật",
    ago=r"trước",
    # Who does what in a picture, where.
    scene_start=r"(?:(?:các |toàn thể )?(?:đại biểu|đại diện|lãnh đạo|thành viên|bác sĩ|y bác sĩ"
    r"|học sinh)|(?:phó )?(?:thủ tướng|thứ trưởng|bộ trưởng|chủ tịch|giám đốc|bí thư|đại sứ"
    r"|cục trưởng|vụ trưởng|viện trưởng|tổng bí thư)|ông|bà|đồng chí|pgs|gs|ts|bs|ths|đoàn"
    r"|quang cảnh|toàn cảnh|hình ảnh|lễ|buổi)\b",
    scene_end=r"tại (?:điểm cầu|buổi|lễ|hội nghị|hội thảo|cuộc|sự kiện|chương trình|phiên)\b"
    r"|chụp ảnh|ảnh lưu niệm|^(?:quang|toàn) cảnh",
    scene_never=r"[:;\"“”«0-9]|\b(?:cho biết|cho rằng|nhấn mạnh|khẳng định|đề nghị|yêu cầu|rằng"
    r"|chia sẻ|thông tin|cam kết|sẽ|đã)\b",
    class_names={
        "related": r"tin-?lien-?quan|xem-?them",
        "comment": r"binh-?luan",
        "byline": r"tac-?gia",
    },
)

# --------------------------------------------------------------------------------------------
# Models

_CANARY = (
    "Sáng nay trời mưa to nên buổi họp được dời sang chiều.",
    "Trường tiểu học mới có mười hai phòng học và một thư viện nhỏ.",
    "Giá gạo tăng 4,5% so với cùng kỳ năm ngoái.",
    "Bà cụ bán bánh mì ở góc phố đã hơn ba mươi năm.",
    "“Chúng tôi không bỏ ai lại phía sau”, ông nói.",
    "Xin lỗi!",
    "Theo thông báo ngày 3/10, tuyến xe buýt số 8 sẽ chạy đến 23 giờ.",
    "Sông dâng cao, nhiều gia đình phải chuyển đồ đạc lên gác.",
)

VIETNAMESE = Language(
    tag="vi",
    name="Vietnamese",
    script="Latn",
    flores="vie_Latn",
    function_words=_FUNCTION_WORDS,
    own_letters=_OWN_LETTERS,
    alphabet=_OWN_LETTERS.union("abcdeghiklmnopqrstuvxyàáâãèéêìíòóôõùúý"),
    max_syllable_letters=6,
    loanwords=words("đồng"),
    numbers=_NUMBERS,
    names=_NAMES,
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    length=LengthRatio(-0.089, 3.78, 0.0046, 1.91),
    canary=_CANARY,
)
