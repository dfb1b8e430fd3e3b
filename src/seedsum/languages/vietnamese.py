"""Vietnamese."""

from __future__ import annotations

from seedsum.languages.language import DetectionCues, Language, LengthRatio, PageCues, SentenceCues

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues()

_SENTENCES = SentenceCues()

_PAGE = PageCues()

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
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    length=LengthRatio(-0.089, 3.78, 0.0046, 1.91),
    canary=_CANARY,
)
