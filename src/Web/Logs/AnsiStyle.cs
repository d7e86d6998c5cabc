using System.Globalization;

namespace Slipway.Web.Logs;

/// <summary>How text is drawn by a terminal after the escape sequences so far (SGR). Carried from line to line.</summary>
/// <param name="Foreground">The colour of the text, or null for the terminal's own.</param>
/// <param name="Link">Where an OSC 8 hyperlink that is still open leads.</param>
internal readonly record struct AnsiStyle(AnsiColor? Foreground, AnsiColor? Background, AnsiEffects Effects, string? Link = null)
{
    public bool IsPlain => this == default;

    public bool Has(AnsiEffects effect) => (Effects & effect) != 0;

    /// <summary>The style after one SGR sequence. Parameters that are not known change nothing.</summary>
    /// <param name="parameters">What stands between <c>ESC [</c> and <c>m</c>; empty means reset.</param>
    public AnsiStyle Apply(ReadOnlySpan<char> parameters)
    {
        var codes = new SgrCodes(parameters);
        var style = this;
        while (codes.TryNext(out var code))
        {
            style = code switch
            {
                0 => new AnsiStyle(null, null, AnsiEffects.None, style.Link),
                >= 1 and <= 9 when EffectOf(code) is { } effect => style with { Effects = style.Effects | effect },
                21 => style with { Effects = style.Effects | AnsiEffects.Underline },
                22 => style with { Effects = style.Effects & ~(AnsiEffects.Bold | AnsiEffects.Dim) },
                23 => style with { Effects = style.Effects & ~AnsiEffects.Italic },
                24 => style with { Effects = style.Effects & ~AnsiEffects.Underline },
                27 => style with { Effects = style.Effects & ~AnsiEffects.Inverse },
                28 => style with { Effects = style.Effects & ~AnsiEffects.Concealed },
                29 => style with { Effects = style.Effects & ~AnsiEffects.Struck },
                >= 30 and <= 37 => style with { Foreground = AnsiColor.Indexed(code - 30) },
                38 => style with { Foreground = codes.TakeColor() ?? style.Foreground },
                39 => style with { Foreground = null },
                >= 40 and <= 47 => style with { Background = AnsiColor.Indexed(code - 40) },
                48 => style with { Background = codes.TakeColor() ?? style.Background },
                49 => style with { Background = null },
                >= 90 and <= 97 => style with { Foreground = AnsiColor.Indexed(code - 90 + 8) },
                >= 100 and <= 107 => style with { Background = AnsiColor.Indexed(code - 100 + 8) },
                _ => style,
            };
        }

        return style;
    }

    private static AnsiEffects? EffectOf(int code) => code switch
    {
        1 => AnsiEffects.Bold,
        2 => AnsiEffects.Dim,
        3 => AnsiEffects.Italic,
        4 => AnsiEffects.Underline,
        7 => AnsiEffects.Inverse,
        8 => AnsiEffects.Concealed,
        9 => AnsiEffects.Struck,
        _ => null,
    };

    /// <summary>The numbers of an SGR sequence one after the other; both <c>38;5;1</c> and <c>38:5:1</c> are written by programs.</summary>
    private ref struct SgrCodes(ReadOnlySpan<char> parameters)
    {
        private ReadOnlySpan<char> _rest = parameters;
        private bool _ended;

        public bool TryNext(out int code)
        {
            code = 0;
            if (_ended)
            {
                return false;
            }

            var end = _rest.IndexOfAny(';', ':');
            var number = end < 0 ? _rest : _rest[..end];
            _ended = end < 0;
            _rest = end < 0 ? [] : _rest[(end + 1)..];

            // An empty number is 0; one that is not a number means nothing and must not reset the style.
            if (number.Length > 0 && !int.TryParse(number, NumberStyles.None, null, out code))
            {
                code = int.MaxValue;
            }

            return true;
        }

        public AnsiColor? TakeColor()
        {
            if (!TryNext(out var space))
            {
                return null;
            }

            if (space == 5)
            {
                return TryNext(out var index) && index is >= 0 and <= 255 ? AnsiColor.Indexed(index) : null;
            }

            if (space == 2 && TryNext(out var red) && TryNext(out var green) && TryNext(out var blue) && (red | green | blue) is >= 0 and <= 255)
            {
                return AnsiColor.Rgb(red, green, blue);
            }

            return null;
        }
    }
}

[Flags]
public enum AnsiEffects
{
    None = 0,
    Bold = 1,
    Dim = 2,
    Italic = 4,
    Underline = 8,
    Inverse = 16,
    Concealed = 32,
    Struck = 64,
}

/// <summary>One of the sixteen colours that a theme may choose, or a fixed one.</summary>
internal readonly record struct AnsiColor
{
    private AnsiColor(int basic, int rgb)
    {
        Basic = basic;
        RgbValue = rgb;
    }

    /// <summary>0 to 15, or -1 for a fixed colour.</summary>
    public int Basic { get; }

    private int RgbValue { get; }

    public string Hex => $"#{RgbValue:x6}";

    public static AnsiColor Rgb(int red, int green, int blue) => new(-1, (red << 16) | (green << 8) | blue);

    /// <summary>A colour of xterm's table of 256: 16 of the theme, a cube of 6×6×6, a ramp of 24 greys.</summary>
    public static AnsiColor Indexed(int index)
    {
        if (index < 16)
        {
            return new AnsiColor(index, 0);
        }

        if (index >= 232)
        {
            var grey = 8 + ((index - 232) * 10);
            return Rgb(grey, grey, grey);
        }

        var cube = index - 16;
        return Rgb(Level(cube / 36), Level(cube / 6 % 6), Level(cube % 6));

        static int Level(int step) => step == 0 ? 0 : 55 + (step * 40);
    }
}
