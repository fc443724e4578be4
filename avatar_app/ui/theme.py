"""How the page looks, and the one script it needs."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

SCRIPTS = Path(__file__).parent / "scripts"

FONT = [
    "ui-sans-serif",
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "sans-serif",
]  # nothing is fetched
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

# Browsers process the microphone for telephone calls by default: gain control pumps the level, noise
# suppression eats consonants. Both are asked to stay off. Echo cancellation is left alone.
HEAD = """
<script>
(() => {
  const media = navigator.mediaDevices;
  if (!media || !media.getUserMedia) return;
  const original = media.getUserMedia.bind(media);
  media.getUserMedia = (wanted) => {
    if (wanted && wanted.audio) {
      const asked = typeof wanted.audio === "object" ? wanted.audio : {};
      wanted = {...wanted, audio: {...asked, noiseSuppression: false, autoGainControl: false}};
    }
    return original(wanted);
  };
})();
</script>
"""

CSS = """
.off { display: none !important; }
.form:not(:has(> :not(.off))) { display: none; }
.gradio-container { max-width: 1440px !important; margin: 0 auto !important; }
#title h1 { font-size: 1.9rem; letter-spacing: -0.02em; margin-bottom: 0.1rem; }
#title p { color: var(--body-text-color-subdued); max-width: 70ch; }
.hint, .hint p { font-size: 0.82rem !important; color: var(--body-text-color-subdued); }
#chips { flex-wrap: wrap; gap: 6px; }
#chips button {
  flex: 0 0 auto; min-width: 0; padding: 3px 11px; border-radius: 999px; font-weight: 400; font-size: 0.82rem;
}
#engine input { text-overflow: ellipsis; padding-right: 1.6rem; }
.options [data-testid="block-label"] {
  position: static; display: inline-flex; max-width: 100%; white-space: normal; background: none; border: 0;
}
#takes { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 14px; }
#takes > .take {
  min-width: 0 !important; max-width: 520px; padding: 10px; border: 1px solid var(--border-color-primary);
  border-radius: 12px; background: var(--block-background-fill); gap: 8px;
}
@media (max-width: 600px) {
  .gradio-container { padding: 12px !important; }
}
#empty {
  border: 1.5px dashed var(--border-color-primary); border-radius: 12px; padding: 56px 24px;
  text-align: center; color: var(--body-text-color-subdued);
}
.status { font-size: 0.92rem; }
.status .words { display: flex; justify-content: space-between; gap: 12px; margin-bottom: 6px; }
.status .words span:last-child { white-space: nowrap; }
.status .rail {
  height: 8px; border-radius: 999px; background: var(--border-color-primary); overflow: hidden;
}
.status .bar {
  height: 100%; border-radius: 999px; background: var(--primary-500); transition: width 0.25s ease;
}
.status.done .bar { background: #16a34a; }
.status.failed .bar { background: #dc2626; }
.status.failed .words span:first-child { color: #dc2626; font-weight: 600; }
.dark .status.failed .words span:first-child { color: #f87171; }
.dark #stop:disabled { background: var(--neutral-700); }
#understood p, #understood li { font-size: 0.9rem; }
"""


def styles() -> str:
    """Every style of the page."""
    return "\n".join([CSS, *(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.css")))])


def scripts() -> str:
    """Every script of the page, for its head."""
    files = sorted(SCRIPTS.glob("*.js"))
    return HEAD + "".join(f"<script>\n{path.read_text(encoding='utf-8')}</script>\n" for path in files)


def theme() -> gr.themes.Base:
    """Soft shapes, teal, and the reader's own system font."""
    return gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        font=FONT,
        font_mono=MONO,
        radius_size="lg",
    ).set(
        body_background_fill="*neutral_50",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*primary_800",
        block_title_text_color="*primary_800",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_600",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_secondary_background_fill_hover_dark="*primary_700",
        checkbox_border_color="*neutral_400",
        input_border_width="1px",
        input_border_color="*neutral_300",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        block_label_background_fill_dark="*primary_800",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
    )
