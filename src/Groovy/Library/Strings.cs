using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.lang.String and what Groovy adds to it; a GString answers the same through its text.</summary>
internal static class Strings
{
    public static bool IsGStringAware(this BuiltinClass declaring) => declaring.Key != ClassKey.String;

    public static void RegisterGString(ClassBuilder t)
    {
        t.Method("getValues()", (_, self, _) => new GroovyArray(ClassTable.Object, [.. ((GString)self!).Values]));
        t.Method("getStrings()", (_, self, _) => new GroovyArray(ClassTable.String, [.. ((GString)self!).Strings]));
        t.Method("getValueCount()", (_, self, _) => Box.Int(((GString)self!).Values.Count));
        t.Method("toString()", (_, self, _) => self!.ToString());
        t.Method("hashCode()", (_, self, _) => Box.Int(37 + JavaNumbers.HashOf(self!.ToString()!)));
    }

    public static void Register(ClassBuilder t)
    {
        t.New("()", (_, _, _) => "");
        t.New("(String)", (_, _, a) => a[0]);
        t.New("(char[])", (_, _, a) => string.Concat(((GroovyArray)a[0]!).Items.Select(Formatting.ToText)));
        t.New("(byte[])", (_, _, a) => Encoding.UTF8.GetString(Bytes.Of(a[0])));
        t.New("(byte[],String)", (_, _, a) => Bytes.Charset((string)a[1]!).GetString(Bytes.Of(a[0])));
        t.New("(byte[],Charset)", (_, _, a) => ((CharsetValue)a[1]!).Encoding.GetString(Bytes.Of(a[0])));
        t.Static("valueOf(Object)", (_, _, a) => a[0] is GroovyArray { ElementClass: BuiltinClass { Key: ClassKey.Character } } chars ? string.Concat(chars.Items.Select(Formatting.ToText)) : JavaText(a[0]));
        t.Static("join(CharSequence,Object...)", (_, _, a) => string.Join(Formatting.ToText(a[0]), (((GroovyArray)a[1]!).Items is [IEnumerable<object?> only] ? only : ((GroovyArray)a[1]!).Items).Select(Formatting.ToText)));
        t.Static("format(String,Object...)", (f, _, a) => JavaFormat.Format((string)a[0]!, ((GroovyArray)a[1]!).Items, f.Interpreter));
        t.Constant("CASE_INSENSITIVE_ORDER", new NativeClosure("java.lang.String$CaseInsensitiveComparator", 2, (_, a) => ValueTask.FromResult<object?>(Box.Int(Comparing.CompareText(Formatting.ToText(a[0]).ToUpperInvariant(), Formatting.ToText(a[1]).ToUpperInvariant())))));

        RegisterJava(t);
        RegisterSearch(t);
        RegisterGroovy(t);
        RegisterConversions(t);
    }

    private static string S(object? value) => value as string ?? Formatting.ToText(value);

    private static void RegisterJava(ClassBuilder t)
    {
        t.Method("length()", (_, self, _) => Box.Int(S(self).Length));
        t.Method("size()", (_, self, _) => Box.Int(S(self).Length));
        t.Method("isEmpty()", (_, self, _) => Box.Bool(S(self).Length == 0));
        t.Method("isBlank()", (_, self, _) => Box.Bool(string.IsNullOrWhiteSpace(S(self))));
        t.Method("toString()", (_, self, _) => self);
        t.Method("intern()", (_, self, _) => self);
        t.Method("hashCode()", (_, self, _) => Box.Int(JavaNumbers.HashOf(S(self))));
        t.Method("equals(Object)", (_, self, a) => Box.Bool(a[0] is string other && S(self) == other));
        t.Method("equalsIgnoreCase(String)", (_, self, a) => Box.Bool(a[0] is string other && string.Equals(S(self), other, StringComparison.OrdinalIgnoreCase)));
        t.Method("contentEquals(CharSequence)", (_, self, a) => Box.Bool(S(self) == S(a[0])));
        t.Method("compareTo(String)", (_, self, a) => Box.Int(Comparing.CompareText(S(self), S(NotNull(a[0])))));
        t.Method("compareToIgnoreCase(String)", (_, self, a) => Box.Int(Comparing.CompareText(S(self).ToUpperInvariant().ToLowerInvariant(), S(NotNull(a[0])).ToUpperInvariant().ToLowerInvariant())));
        t.Method("charAt(int)", (_, self, a) => (uint)(int)a[0]! < (uint)S(self).Length ? S(self)[(int)a[0]!] : throw Throw.New("java.lang.StringIndexOutOfBoundsException", $"String index out of range: {a[0]}"));
        t.Method("codePointAt(int)", (_, self, a) => Box.Int(char.ConvertToUtf32(S(self), (int)a[0]!)));
        t.Method("substring(int)", (_, self, a) => Substring(S(self), (int)a[0]!, S(self).Length));
        t.Method("substring(int,int)", (_, self, a) => Substring(S(self), (int)a[0]!, (int)a[1]!));
        t.Method("subSequence(int,int)", (_, self, a) => Substring(S(self), (int)a[0]!, (int)a[1]!));
        t.Method("concat(String)", (_, self, a) => S(self) + S(NotNull(a[0])));
        t.Method("toLowerCase()", (_, self, _) => S(self).ToLowerInvariant());
        t.Method("toLowerCase(Locale)", (_, self, _) => S(self).ToLowerInvariant());
        t.Method("toUpperCase()", (_, self, _) => S(self).ToUpperInvariant());
        t.Method("toUpperCase(Locale)", (_, self, _) => S(self).ToUpperInvariant());
        t.Method("trim()", (_, self, _) => Trim(S(self)));
        t.Method("strip()", (_, self, _) => S(self).Trim());
        t.Method("stripLeading()", (_, self, _) => S(self).TrimStart());
        t.Method("stripTrailing()", (_, self, _) => S(self).TrimEnd());
        t.Method("repeat(int)", (f, self, a) => Repeat(f, S(self), (int)a[0]!));
        t.Method("chars()", (_, self, _) => new GroovyList(S(self).Select(c => (object?)Box.Int(c))));
        t.Method("lines()", (_, self, _) => new GroovyList(Lines(S(self))));
        t.Method("toCharArray()", (_, self, _) => new GroovyArray(ClassTable.Simple("char"), [.. S(self).Select(c => (object?)c)]));
        t.Method("getChars()", (_, self, _) => new GroovyArray(ClassTable.Simple("char"), [.. S(self).Select(c => (object?)c)]));
        t.Method("getBytes()", (_, self, _) => Bytes.Array(Encoding.UTF8.GetBytes(S(self))));
        t.Method("getBytes(String)", (_, self, a) => Bytes.Array(Bytes.Charset((string)a[0]!).GetBytes(S(self))));
        t.Method("getBytes(Charset)", (_, self, a) => Bytes.Array(((CharsetValue)a[0]!).Encoding.GetBytes(S(self))));
    }

    private static void RegisterSearch(ClassBuilder t)
    {
        t.Method("contains(CharSequence)", (_, self, a) => Box.Bool(S(self).Contains(S(NotNull(a[0])), StringComparison.Ordinal)));
        t.Method("containsIgnoreCase(CharSequence)", (_, self, a) => Box.Bool(S(self).Contains(S(NotNull(a[0])), StringComparison.OrdinalIgnoreCase)));
        t.Method("startsWith(String)", (_, self, a) => Box.Bool(S(self).StartsWith(S(NotNull(a[0])), StringComparison.Ordinal)));
        t.Method("startsWith(String,int)", (_, self, a) => Box.Bool((int)a[1]! <= S(self).Length && S(self).AsSpan((int)a[1]!).StartsWith(S(a[0]))));
        t.Method("endsWith(String)", (_, self, a) => Box.Bool(S(self).EndsWith(S(NotNull(a[0])), StringComparison.Ordinal)));
        t.Method("indexOf(String)", (_, self, a) => Box.Int(S(self).IndexOf(S(a[0]), StringComparison.Ordinal)));
        t.Method("indexOf(String,int)", (_, self, a) => Box.Int((int)a[1]! > S(self).Length ? -1 : S(self).IndexOf(S(a[0]), Math.Max(0, (int)a[1]!), StringComparison.Ordinal)));
        t.Method("indexOf(int)", (_, self, a) => Box.Int(S(self).IndexOf((char)(int)a[0]!)));
        t.Method("indexOf(char)", (_, self, a) => Box.Int(S(self).IndexOf((char)a[0]!)));
        t.Method("lastIndexOf(String)", (_, self, a) => Box.Int(S(self).LastIndexOf(S(a[0]), StringComparison.Ordinal)));
        t.Method("lastIndexOf(char)", (_, self, a) => Box.Int(S(self).LastIndexOf((char)a[0]!)));
        t.Method("lastIndexOf(String,int)", (_, self, a) => Box.Int(LastIndex(S(self), S(a[0]), (int)a[1]!)));
        t.Method("matches(String)", (f, self, a) => Box.Bool(Pattern(f, a[0]).Matches(S(self))));
        t.Method("matches(Pattern)", (f, self, a) => Box.Bool(((PatternValue)a[0]!).Matches(S(self))));
        t.Method("replace(CharSequence,CharSequence)", (f, self, a) => Charged(f, S(self).Replace(S(NotNull(a[0])), S(NotNull(a[1])), StringComparison.Ordinal) is var r && S(a[0]).Length > 0 ? r : ReplaceEmpty(S(self), S(a[1]))));
        t.Method("replace(char,char)", (_, self, a) => S(self).Replace((char)a[0]!, (char)a[1]!));
        t.Method("replaceAll(String,String)", (f, self, a) => Charged(f, Pattern(f, a[0]).Replace(S(self), S(NotNull(a[1])), firstOnly: false)));
        t.Method("replaceAll(Pattern,String)", (f, self, a) => Charged(f, ((PatternValue)a[0]!).Replace(S(self), S(a[1]), firstOnly: false)));
        t.Method("replaceFirst(String,String)", (f, self, a) => Pattern(f, a[0]).Replace(S(self), S(NotNull(a[1])), firstOnly: true));
        t.Method("replaceFirst(Pattern,String)", (_, self, a) => ((PatternValue)a[0]!).Replace(S(self), S(a[1]), firstOnly: true));
        t.Async("replaceAll(String,Closure)", (f, self, a) => ReplaceAsync(f, S(self), Pattern(f, a[0]), (Closure)a[1]!, firstOnly: false));
        t.Async("replaceAll(Pattern,Closure)", (f, self, a) => ReplaceAsync(f, S(self), (PatternValue)a[0]!, (Closure)a[1]!, firstOnly: false));
        t.Async("replaceFirst(String,Closure)", (f, self, a) => ReplaceAsync(f, S(self), Pattern(f, a[0]), (Closure)a[1]!, firstOnly: true));
        t.Async("replaceFirst(Pattern,Closure)", (f, self, a) => ReplaceAsync(f, S(self), (PatternValue)a[0]!, (Closure)a[1]!, firstOnly: true));
        t.Method("split(String)", (f, self, a) => StringArray(Pattern(f, a[0]).Split(S(self), 0)));
        t.Method("split(String,int)", (f, self, a) => StringArray(Pattern(f, a[0]).Split(S(self), (int)a[1]!)));
        t.Method("split(Pattern)", (_, self, a) => StringArray(((PatternValue)a[0]!).Split(S(self), 0)));
        t.Method("split()", (_, self, _) => StringArray(S(self).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        t.Method("find(String)", (f, self, a) => Pattern(f, a[0]).Regex.Match(S(self)) is { Success: true } m ? m.Value : null);
        t.Method("find(Pattern)", (_, self, a) => ((PatternValue)a[0]!).Regex.Match(S(self)) is { Success: true } m ? m.Value : null);
        t.Async("find(String,Closure)", (f, self, a) => FindAsync(f, S(self), Pattern(f, a[0]), (Closure)a[1]!));
        t.Async("find(Pattern,Closure)", (f, self, a) => FindAsync(f, S(self), (PatternValue)a[0]!, (Closure)a[1]!));
        t.Method("findAll(String)", (f, self, a) => new GroovyList(Pattern(f, a[0]).Regex.Matches(S(self)).Select(m => (object?)m.Value)));
        t.Method("findAll(Pattern)", (_, self, a) => new GroovyList(((PatternValue)a[0]!).Regex.Matches(S(self)).Select(m => (object?)m.Value)));
        t.Async("findAll(String,Closure)", (f, self, a) => FindAllAsync(f, S(self), Pattern(f, a[0]), (Closure)a[1]!));
        t.Async("findAll(Pattern,Closure)", (f, self, a) => FindAllAsync(f, S(self), (PatternValue)a[0]!, (Closure)a[1]!));
        t.Async("eachMatch(String,Closure)", (f, self, a) => EachMatchAsync(f, S(self), Pattern(f, a[0]), (Closure)a[1]!));
        t.Async("eachMatch(Pattern,Closure)", (f, self, a) => EachMatchAsync(f, S(self), (PatternValue)a[0]!, (Closure)a[1]!));
        t.Method("isCase(Object)", (_, self, a) => Box.Bool(a[0] is not null && S(self) == Formatting.ToText(a[0])));
    }

    private static void RegisterGroovy(ClassBuilder t)
    {
        t.Method("getAt(int)", (_, self, a) => Box.Text(S(self)[Index(S(self), (int)a[0]!)]));
        t.Method("getAt(Range)", (_, self, a) => Slice(S(self), (GroovyRange)a[0]!));
        t.Method("getAt(Collection)", (_, self, a) => string.Concat(Iteration.Of(a[0]).Select(i => i is GroovyRange r ? Slice(S(self), r) : Box.Text(S(self)[Index(S(self), Numbers.ToInt(i!))]))));
        t.Method("plus(Object)", (f, self, a) => Charged(f, S(self) + Formatting.ToText(a[0])));
        t.Method("minus(Object)", (_, self, a) => a[0] is PatternValue pattern ? pattern.Replace(S(self), "", firstOnly: true) : Minus(S(self), Formatting.ToText(a[0])));
        t.Method("multiply(Number)", (f, self, a) => Repeat(f, S(self), Numbers.ToInt(a[0]!)));
        t.Method("leftShift(Object)", (_, self, a) => new StringBuilderValue("java.lang.StringBuffer", S(self) + Formatting.ToText(a[0])));
        t.Method("next()", (_, self, _) => Next(S(self), 1));
        t.Method("previous()", (_, self, _) => Next(S(self), -1));
        t.Method("bitwiseNegate()", (f, self, _) => Pattern(f, self));
        t.Method("reverse()", (_, self, _) => Reverse(S(self)));
        t.Method("capitalize()", (_, self, _) => S(self).Length == 0 ? "" : char.ToUpperInvariant(S(self)[0]) + S(self)[1..]);
        t.Method("uncapitalize()", (_, self, _) => S(self).Length == 0 ? "" : char.ToLowerInvariant(S(self)[0]) + S(self)[1..]);
        t.Method("padLeft(Number)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), " ", -1));
        t.Method("padLeft(Number,CharSequence)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), S(a[1]), -1));
        t.Method("padRight(Number)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), " ", 1));
        t.Method("padRight(Number,CharSequence)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), S(a[1]), 1));
        t.Method("center(Number)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), " ", 0));
        t.Method("center(Number,CharSequence)", (f, self, a) => Pad(f, S(self), Numbers.ToInt(a[0]!), S(a[1]), 0));
        t.Method("take(int)", (_, self, a) => S(self)[..Math.Clamp((int)a[0]!, 0, S(self).Length)]);
        t.Method("drop(int)", (_, self, a) => S(self)[Math.Clamp((int)a[0]!, 0, S(self).Length)..]);
        t.Method("takeRight(int)", (_, self, a) => S(self)[(S(self).Length - Math.Clamp((int)a[0]!, 0, S(self).Length))..]);
        t.Method("dropRight(int)", (_, self, a) => S(self)[..(S(self).Length - Math.Clamp((int)a[0]!, 0, S(self).Length))]);
        t.Async("takeWhile(Closure)", async (f, self, a) => S(self)[..await Prefix(f, S(self), (Closure)a[0]!)]);
        t.Async("dropWhile(Closure)", async (f, self, a) => S(self)[await Prefix(f, S(self), (Closure)a[0]!)..]);
        t.Method("count(String)", (_, self, a) => Box.Int(Count(S(self), (string)a[0]!)));
        t.Method("toList()", (_, self, _) => new GroovyList(S(self).Select(c => (object?)Box.Text(c))));
        t.Method("toSet()", (_, self, _) => new GroovySet(S(self).Select(c => (object?)Box.Text(c))));
        t.Method("tokenize()", (_, self, _) => Tokenize(S(self), " \t\n\r\f"));
        t.Method("tokenize(CharSequence)", (_, self, a) => Tokenize(S(self), S(a[0])));
        t.Method("tokenize(Character)", (_, self, a) => Tokenize(S(self), Formatting.ToText(a[0])));
        t.Method("readLines()", (_, self, _) => new GroovyList(Lines(S(self))));
        t.Async("eachLine(Closure)", (f, self, a) => EachLineAsync(f, S(self), 0, (Closure)a[0]!));
        t.Async("eachLine(int,Closure)", (f, self, a) => EachLineAsync(f, S(self), (int)a[0]!, (Closure)a[1]!));
        t.Async("splitEachLine(String,Closure)", async (f, self, a) =>
        {
            object? last = null;
            foreach (var line in Lines(S(self)))
            {
                last = await f.CallAsync(a[1], new GroovyList(Pattern(f, a[0]).Split((string)line!, 0)));
            }

            return last;
        });
        t.Method("stripIndent()", (_, self, _) => StripIndent(S(self), -1));
        t.Method("stripIndent(int)", (_, self, a) => StripIndent(S(self), (int)a[0]!));
        t.Method("stripMargin()", (_, self, _) => StripMargin(S(self), '|'));
        t.Method("stripMargin(String)", (_, self, a) => StripMargin(S(self), S(a[0])[0]));
        t.Method("stripMargin(char)", (_, self, a) => StripMargin(S(self), (char)a[0]!));
        t.Method("normalize()", (_, self, _) => S(self).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n'));
        t.Method("denormalize()", (_, self, _) => S(self).Replace("\r\n", "\n", StringComparison.Ordinal));
        t.Method("expand()", (_, self, _) => Expand(S(self), 8));
        t.Method("expand(int)", (_, self, a) => Expand(S(self), (int)a[0]!));
        t.Method("tr(CharSequence,CharSequence)", (_, self, a) => Translate(S(self), S(a[0]), S(a[1])));
        t.Async("collectReplacements(Closure)", async (f, self, a) =>
        {
            var result = new StringBuilder();
            foreach (var c in S(self))
            {
                result.Append(await f.CallAsync(a[0], c) is { } replaced ? Formatting.ToText(replaced) : Box.Text(c));
            }

            return result.ToString();
        });
        t.Method("isAllWhitespace()", (_, self, _) => Box.Bool(S(self).All(char.IsWhiteSpace)));
        t.Method("md5()", (_, self, _) => Encodings.Md5(Encoding.UTF8.GetBytes(S(self))));
        t.Method("decodeBase64()", (_, self, _) => Bytes.Array(Bytes.FromBase64(S(self))));
        t.Method("decodeHex()", (_, self, _) => Bytes.Array(Convert.FromHexString(S(self))));
    }

    private static void RegisterConversions(ClassBuilder t)
    {
        t.Method("toInteger()", (_, self, _) => Box.Int(NumberParsing.ParseInt(S(self).Trim())));
        t.Method("toLong()", (_, self, _) => Box.Long(NumberParsing.ParseLong(S(self).Trim())));
        t.Method("toShort()", (_, self, _) => (short)NumberParsing.ParseInt(S(self).Trim()));
        t.Method("toDouble()", (_, self, _) => NumberParsing.ParseDouble(S(self)));
        t.Method("toFloat()", (_, self, _) => (float)NumberParsing.ParseDouble(S(self)));
        t.Method("toBigDecimal()", (_, self, _) => BigDecimal.Parse(S(self).Trim()));
        t.Method("toBigInteger()", (_, self, _) => NumberParsing.ParseBigInteger(S(self).Trim()));
        t.Method("toBoolean()", (_, self, _) => Box.Bool(S(self).Trim().ToLowerInvariant() is "true" or "y" or "1"));
        t.Method("toCharacter()", (_, self, _) => S(self)[0]);
        t.Method("toURI()", (_, self, _) => UrlValue.Parse(S(self), isUri: true));
        t.Method("toURL()", (_, self, _) => UrlValue.Parse(S(self), isUri: false));
        t.Method("isInteger()", (_, self, _) => Box.Bool(NumberParsing.TryInt(S(self).Trim(), out int _)));
        t.Method("isLong()", (_, self, _) => Box.Bool(long.TryParse(S(self).Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)));
        t.Method("isNumber()", (_, self, _) => Box.Bool(BigDecimal.TryParse(S(self).Trim(), out var _)));
        t.Method("isBigDecimal()", (_, self, _) => Box.Bool(BigDecimal.TryParse(S(self).Trim(), out var _)));
        t.Method("isBigInteger()", (_, self, _) => Box.Bool(NumberParsing.TryRadix(S(self).Trim(), 10, out var _)));
        t.Method("isDouble()", (_, self, _) => Box.Bool(NumberParsing.TryDouble(S(self), out var _)));
        t.Method("isFloat()", (_, self, _) => Box.Bool(NumberParsing.TryDouble(S(self), out var _)));
    }

    public static IEnumerable<object?> Lines(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var end = text.AsSpan(at).IndexOfAny('\n', '\r');
            if (end < 0)
            {
                yield return text[at..];
                yield break;
            }

            yield return text.Substring(at, end);
            at += end + 1;
            if (text[at - 1] == '\r' && at < text.Length && text[at] == '\n')
            {
                at++;
            }
        }
    }

    public static string Slice(string text, GroovyRange range)
    {
        if (range.Count == 0 && !range.IsExclusive)
        {
            return "";
        }

        var (from, to, reverse) = Slices.Resolve(range, text.Length);
        if (from == to && range.Count == 0)
        {
            return "";
        }

        if (from < 0 || to > text.Length || from > to)
        {
            throw Throw.StringIndex(from, to, text.Length);
        }

        var part = text[from..to];
        return reverse ? Reverse(part) : part;
    }

    /// <summary>The text of an object as Java's own toString writes it, where that differs from Groovy's.</summary>
    public static string JavaText(object? value) => value is GroovyMap map ? "{" + string.Join(", ", map.Select(e => JavaText(e.Key) + "=" + JavaText(e.Value))) + "}" : Formatting.ToText(value);

    public static string Trim(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && text[start] <= ' ')
        {
            start++;
        }

        while (end > start && text[end - 1] <= ' ')
        {
            end--;
        }

        return text[start..end];
    }

    public static string Repeat(Fiber fiber, string text, int count)
    {
        if (count < 0)
        {
            throw Throw.IllegalArgument($"multiply() should be called with a number of 0 or greater not: {count}");
        }

        var length = (long)text.Length * count;
        RequireLength(length);
        fiber.Charge(length * 2);
        return new StringBuilder((int)length).Insert(0, text, count).ToString();
    }

    private static void RequireLength(long length)
    {
        if (length > Limits.LargestText)
        {
            throw Throw.New("java.lang.OutOfMemoryError", $"A text of {length} characters is longer than the {Limits.LargestText} that one value may have");
        }
    }

    private static string Charged(Fiber fiber, string text)
    {
        fiber.Charge(text.Length * 2L);
        return text;
    }

    private static PatternValue Pattern(Fiber fiber, object? source) => PatternValue.Of(NotNull(source), fiber.Interpreter.Limits.RegexMatch);

    private static object NotNull(object? value) => value ?? throw Throw.NullPointer("The argument of this method of a String cannot be null");

    private static string Substring(string text, int begin, int end) => begin >= 0 && end <= text.Length && begin <= end ? text[begin..end] : throw Throw.StringIndex(begin, end, text.Length);

    private static int Index(string text, int index)
    {
        var at = index < 0 ? index + text.Length : index;
        if (at < 0)
        {
            throw Throw.New("java.lang.StringIndexOutOfBoundsException", $"String index out of range: {index}");
        }

        return at < text.Length ? at : throw Throw.StringIndex(at, at + 1, text.Length);
    }

    private static int LastIndex(string text, string part, int from)
    {
        if (from < 0)
        {
            return -1;
        }

        for (var i = Math.Min(from, text.Length - part.Length); i >= 0; i--)
        {
            if (text.AsSpan(i).StartsWith(part))
            {
                return i;
            }
        }

        return -1;
    }

    private static string ReplaceEmpty(string text, string with)
    {
        var result = new StringBuilder(with);
        foreach (var c in text)
        {
            result.Append(c).Append(with);
        }

        return result.ToString();
    }

    private static string Minus(string text, string part)
    {
        var at = text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? text : text.Remove(at, part.Length);
    }

    private static string Next(string text, int by)
    {
        if (text.Length == 0)
        {
            return by > 0 ? "\0" : throw Throw.IllegalArgument("the string is empty");
        }

        return text[..^1] + (char)(text[^1] + by);
    }

    public static string Reverse(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (char.IsLowSurrogate(text[i]) && i > 0 && char.IsHighSurrogate(text[i - 1]))
            {
                result.Append(text[i - 1]).Append(text[i]);
                i--;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private static string Pad(Fiber fiber, string text, int width, string padding, int side)
    {
        if (width <= text.Length)
        {
            return text;
        }

        if (padding.Length == 0)
        {
            throw Throw.Arithmetic("/ by zero");
        }

        RequireLength(width);
        fiber.Charge(width * 2L);
        var missing = width - text.Length;
        var left = side switch { -1 => missing, 1 => 0, _ => missing / 2 };
        return Fill(padding, left) + text + Fill(padding, missing - left);
    }

    private static string Fill(string padding, int count)
    {
        var text = new StringBuilder(count + padding.Length);
        while (text.Length < count)
        {
            text.Append(padding);
        }

        return text.ToString(0, count);
    }

    private static int Count(string text, string part)
    {
        if (part.Length == 0)
        {
            return text.Length + 1;
        }

        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + 1, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static GroovyList Tokenize(string text, string delimiters)
    {
        var tokens = new GroovyList();
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || delimiters.Contains(text[i]))
            {
                if (i > start)
                {
                    tokens.Add(text[start..i]);
                }

                start = i + 1;
            }
        }

        return tokens;
    }

    private static GroovyArray StringArray(string[] items) => new(ClassTable.String, [.. items]);

    private static string StripIndent(string text, int indent)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var lines = Lines(text).Cast<string>().ToList();
        if (indent < 0)
        {
            indent = lines.Where(l => l.Any(c => !char.IsWhiteSpace(c))).Select(l => l.TakeWhile(char.IsWhiteSpace).Count()).DefaultIfEmpty(0).Min();
        }

        var result = string.Join('\n', lines.Select(l => l.Length <= indent ? "" : l[indent..]));
        return text.EndsWith('\n') ? result + "\n" : result;
    }

    private static string StripMargin(string text, char margin)
    {
        var result = string.Join('\n', Lines(text).Cast<string>().Select(l =>
        {
            var at = 0;
            while (at < l.Length && l[at] <= ' ')
            {
                at++;
            }

            return at < l.Length && l[at] == margin ? l[(at + 1)..] : l;
        }));
        return text.EndsWith('\n') ? result + "\n" : result;
    }

    private static string Expand(string text, int width)
    {
        var result = new StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            if (c == '\t')
            {
                var spaces = width - (column % width);
                result.Append(' ', spaces);
                column += spaces;
            }
            else
            {
                result.Append(c);
                column = c == '\n' ? 0 : column + 1;
            }
        }

        return result.ToString();
    }

    private static string Translate(string text, string from, string to)
    {
        var source = Ranges(from);
        var target = Ranges(to);
        if (target.Length == 0)
        {
            return string.Concat(text.Where(c => !source.Contains(c)));
        }

        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var at = source.LastIndexOf(c);
            result.Append(at < 0 ? c : target[Math.Min(at, target.Length - 1)]);
        }

        return result.ToString();

        static string Ranges(string set)
        {
            var all = new StringBuilder();
            for (var i = 0; i < set.Length; i++)
            {
                if (i + 2 < set.Length && set[i + 1] == '-')
                {
                    for (var c = set[i]; c <= set[i + 2]; c++)
                    {
                        all.Append(c);
                    }

                    i += 2;
                }
                else
                {
                    all.Append(set[i]);
                }
            }

            return all.ToString();
        }
    }

    private static async ValueTask<int> Prefix(Fiber fiber, string text, Closure closure)
    {
        var at = 0;
        while (at < text.Length && Truth.Of(await fiber.CallAsync(closure, text[at])))
        {
            at++;
        }

        return at;
    }

    private static async ValueTask<object?> EachLineAsync(Fiber fiber, string text, int first, Closure closure)
    {
        object? last = null;
        foreach (var line in Lines(text))
        {
            last = closure.ParameterCount >= 2 ? await fiber.CallAsync(closure, line, Box.Int(first++)) : await fiber.CallAsync(closure, line);
        }

        return last;
    }

    private static async ValueTask<object?> CallMatch(Fiber fiber, Closure closure, Match match)
    {
        var value = MatcherValue.Value(match);
        return value is GroovyList groups && closure.ParameterCount > 1 ? await fiber.CallAsync(closure, groups.ToArray().AsSpan()) : await fiber.CallAsync(closure, value);
    }

    private static async ValueTask<object?> ReplaceAsync(Fiber fiber, string text, PatternValue pattern, Closure closure, bool firstOnly)
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (var match in pattern.Regex.Matches(text).ToList())
        {
            result.Append(text, at, match.Index - at);
            result.Append(Formatting.ToText(await CallMatch(fiber, closure, match)));
            at = match.Index + match.Length;
            if (firstOnly)
            {
                break;
            }
        }

        return Charged(fiber, result.Append(text, at, text.Length - at).ToString());
    }

    private static async ValueTask<object?> FindAsync(Fiber fiber, string text, PatternValue pattern, Closure closure) =>
        pattern.Regex.Match(text) is { Success: true } match ? await CallMatch(fiber, closure, match) : null;

    private static async ValueTask<object?> FindAllAsync(Fiber fiber, string text, PatternValue pattern, Closure closure)
    {
        var result = new GroovyList();
        foreach (var match in pattern.Regex.Matches(text).ToList())
        {
            result.Add(await CallMatch(fiber, closure, match));
        }

        return result;
    }

    private static async ValueTask<object?> EachMatchAsync(Fiber fiber, string text, PatternValue pattern, Closure closure)
    {
        foreach (var match in pattern.Regex.Matches(text).ToList())
        {
            await CallMatch(fiber, closure, match);
        }

        return text;
    }
}

/// <summary>Ranges as indexes: negative ones count from the end.</summary>
internal static class Slices
{
    /// <summary>Start, end (excluded) and whether the part is read backwards.</summary>
    public static (int From, int To, bool Reverse) Resolve(GroovyRange range, int length)
    {
        var (first, last) = range.IsNumeric && range.JavaClass != "groovy.lang.ObjectRange" ? range.Written : (Numbers.ToInt(range.From!), Numbers.ToInt(range.To!));
        var from = first < 0 ? first + length : first;
        var to = last < 0 ? last + length : last;
        if (range.IsExclusive)
        {
            if (first == last)
            {
                return ((int)from, (int)from, false);
            }

            to += from <= to && !(first >= 0 && last >= 0 && first > last) ? -1 : 1;
            if (from == to + 1 && first <= last)
            {
                return ((int)from, (int)from, false);
            }
        }

        return from <= to ? ((int)from, (int)to + 1, false) : ((int)to, (int)from + 1, true);
    }
}
