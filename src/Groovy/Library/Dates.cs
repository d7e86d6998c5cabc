using System.Globalization;
using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.util.Date: a moment in milliseconds; shown in the zone of the run.</summary>
internal sealed class DateValue(long milliseconds, TimeZoneInfo zone) : ILibraryValue, IComparable
{
    public string JavaClass => "java.util.Date";

    public long Milliseconds { get; set; } = milliseconds;

    public TimeZoneInfo Zone { get; } = zone;

    public DateTimeOffset Local => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds), Zone);

    public string ToIso() => DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss+0000", CultureInfo.InvariantCulture);

    public int CompareTo(object? obj) => obj is DateValue other ? Milliseconds.CompareTo(other.Milliseconds) : throw Throw.Cast(obj, ClassTable.Find("java.util.Date")!);

    public override bool Equals(object? obj) => obj is DateValue other && other.Milliseconds == Milliseconds;

    public override int GetHashCode() => Milliseconds.GetHashCode();

    public override string ToString() => Dates.Format("EEE MMM dd HH:mm:ss zzz yyyy", this, Zone);
}

/// <summary>Dates, their formats and zones.</summary>
internal static class Dates
{
    private const long Day = 24L * 60 * 60 * 1000;

    public static void Register(ClassBuilder t)
    {
        t.NewAsync("()", async (f, _, _) => new DateValue((await f.Interpreter.Effects.NowAsync(f.Scope)).ToUnixTimeMilliseconds(), f.Interpreter.Effects.TimeZone));
        t.New("(long)", (f, _, a) => new DateValue((long)a[0]!, f.Interpreter.Effects.TimeZone));
        t.New("(int,int,int)", (f, _, a) => FromParts((int)a[0]! + 1900, (int)a[1]! + 1, (int)a[2]!, f.Interpreter.Effects.TimeZone));
        t.Static("parse(String,String)", (f, _, a) => Parse((string)a[0]!, (string)a[1]!, f.Interpreter.Effects.TimeZone));
        t.Method("getTime()", (_, self, _) => Box.Long(D(self).Milliseconds));
        t.Method("setTime(long)", (_, self, a) =>
        {
            D(self).Milliseconds = (long)a[0]!;
            return null;
        });
        t.Method("toTimestamp()", (_, self, _) => self);
        t.Method("format(String)", (_, self, a) => Format((string)a[0]!, D(self), D(self).Zone));
        t.Method("format(String,TimeZone)", (_, self, a) => Format((string)a[0]!, D(self), ((ZoneValue)a[1]!).Zone));
        t.Method("before(Date)", (_, self, a) => Box.Bool(D(self).Milliseconds < D(a[0]).Milliseconds));
        t.Method("after(Date)", (_, self, a) => Box.Bool(D(self).Milliseconds > D(a[0]).Milliseconds));
        t.Method("compareTo(Date)", (_, self, a) => Box.Int(D(self).CompareTo(D(a[0]))));
        t.Method("plus(Number)", (_, self, a) => new DateValue(AddDays(D(self), Numbers.ToInt(a[0]!)), D(self).Zone));
        t.Method("minus(Number)", (_, self, a) => new DateValue(AddDays(D(self), -Numbers.ToInt(a[0]!)), D(self).Zone));
        t.Method("minus(Date)", (_, self, a) => Box.Int((int)((D(self).Local.Date - D(a[0]).Local.Date).TotalMilliseconds / Day)));
        t.Method("next()", (_, self, _) => new DateValue(AddDays(D(self), 1), D(self).Zone));
        t.Method("previous()", (_, self, _) => new DateValue(AddDays(D(self), -1), D(self).Zone));
        t.Method("clearTime()", (_, self, _) =>
        {
            D(self).Milliseconds = FromParts(D(self).Local.Year, D(self).Local.Month, D(self).Local.Day, D(self).Zone).Milliseconds;
            return self;
        });
        t.Method("getYear()", (_, self, _) => Box.Int(D(self).Local.Year - 1900));
        t.Method("getMonth()", (_, self, _) => Box.Int(D(self).Local.Month - 1));
        t.Method("getDate()", (_, self, _) => Box.Int(D(self).Local.Day));
        t.Method("getDay()", (_, self, _) => Box.Int((int)D(self).Local.DayOfWeek));
        t.Method("getHours()", (_, self, _) => Box.Int(D(self).Local.Hour));
        t.Method("getMinutes()", (_, self, _) => Box.Int(D(self).Local.Minute));
        t.Method("getSeconds()", (_, self, _) => Box.Int(D(self).Local.Second));
        t.Method("getTimezoneOffset()", (_, self, _) => Box.Int(-(int)D(self).Local.Offset.TotalMinutes));
        t.Method("toString()", (_, self, _) => self!.ToString());
        t.Method("getDateString()", (_, self, _) => Format("M/d/yy", D(self), D(self).Zone));
        t.Method("getTimeString()", (_, self, _) => Format("h:mm:ss a", D(self), D(self).Zone));
        t.Method("toInstant()", (_, self, _) => self);
        t.Method("toEpochMilli()", (_, self, _) => Box.Long(D(self).Milliseconds));
    }

    public static void RegisterFormat(ClassBuilder t)
    {
        t.New("(String)", (f, _, a) => new DateFormatValue((string)a[0]!, f.Interpreter.Effects.TimeZone));
        t.New("(String,Locale)", (f, _, a) => new DateFormatValue((string)a[0]!, f.Interpreter.Effects.TimeZone));
        t.Method("format(Date)", (_, self, a) => Format(F(self).Pattern, D(a[0]), F(self).Zone));
        t.Method("format(long)", (_, self, a) => Format(F(self).Pattern, new DateValue((long)a[0]!, F(self).Zone), F(self).Zone));
        t.Method("parse(String)", (_, self, a) => Parse(F(self).Pattern, (string)a[0]!, F(self).Zone));
        t.Method("setTimeZone(TimeZone)", (_, self, a) =>
        {
            F(self).Zone = ((ZoneValue)a[0]!).Zone;
            return null;
        });
        t.Method("setLenient(boolean)", (_, _, _) => null);
        t.Method("toPattern()", (_, self, _) => F(self).Pattern);
    }

    public static void RegisterTimeZone(ClassBuilder t)
    {
        t.Static("getTimeZone(String)", (_, _, a) => new ZoneValue(Zone((string)a[0]!)));
        t.Static("getDefault()", (f, _, _) => new ZoneValue(f.Interpreter.Effects.TimeZone));
        t.Method("getID()", (_, self, _) => ((ZoneValue)self!).Zone.Id);
        t.Method("getRawOffset()", (_, self, _) => Box.Int((int)((ZoneValue)self!).Zone.BaseUtcOffset.TotalMilliseconds));
    }

    public static void RegisterLocale(ClassBuilder t)
    {
        foreach (var (name, tag) in (ReadOnlySpan<(string, string)>)[("ENGLISH", "en"), ("US", "en_US"), ("UK", "en_GB"), ("ROOT", ""), ("GERMANY", "de_DE"), ("FRANCE", "fr_FR")])
        {
            t.Constant(name, new LocaleValue(tag));
        }

        t.New("(String)", (_, _, a) => new LocaleValue((string)a[0]!));
        t.New("(String,String)", (_, _, a) => new LocaleValue(a[0] + "_" + a[1]));
        t.Static("getDefault()", (_, _, _) => new LocaleValue("en_US"));
        t.Method("toString()", (_, self, _) => self!.ToString());
    }

    public static void RegisterTimeUnit(ClassBuilder t)
    {
        foreach (var (name, nanos) in (ReadOnlySpan<(string, long)>)[("NANOSECONDS", 1), ("MICROSECONDS", 1000), ("MILLISECONDS", 1_000_000), ("SECONDS", 1_000_000_000), ("MINUTES", 60_000_000_000), ("HOURS", 3_600_000_000_000), ("DAYS", 86_400_000_000_000)])
        {
            t.Constant(name, new TimeUnitValue(name, nanos));
        }

        Convert("toNanos", 1);
        Convert("toMicros", 1000);
        Convert("toMillis", 1_000_000);
        Convert("toSeconds", 1_000_000_000);
        Convert("toMinutes", 60_000_000_000);
        Convert("toHours", 3_600_000_000_000);
        Convert("toDays", 86_400_000_000_000);
        t.Method("name()", (_, self, _) => ((TimeUnitValue)self!).Name);
        t.Method("sleep(long)", (_, _, _) => throw Throw.New("java.lang.SecurityException", "Sleeping here would hold up the server: use the step sleep(time: 5, unit: 'SECONDS')"));

        void Convert(string name, long nanos) => t.Method(name + "(long)", (_, self, a) => Box.Long((long)((Int128)(long)a[0]! * ((TimeUnitValue)self!).Nanos / nanos)));
    }

    /// <summary>One <c>%t</c> conversion of java.util.Formatter.</summary>
    public static string Field(object? value, char field, Interpreter interpreter)
    {
        var date = value switch
        {
            DateValue d => d,
            long l => new DateValue(l, interpreter.Effects.TimeZone),
            _ => throw Throw.New("java.util.IllegalFormatConversionException", $"{field} != {ClassTable.NameOf(value)}"),
        };
        var pattern = field switch
        {
            'Y' => "yyyy",
            'm' => "MM",
            'd' => "dd",
            'H' => "HH",
            'M' => "mm",
            'S' => "ss",
            'L' => "SSS",
            'y' => "yy",
            'e' => "d",
            'I' => "hh",
            'p' => "a",
            'B' => "MMMM",
            'b' => "MMM",
            'A' => "EEEE",
            'a' => "EEE",
            'Z' => "z",
            'z' => "Z",
            'j' => "DDD",
            'F' => "yyyy-MM-dd",
            'T' => "HH:mm:ss",
            'R' => "HH:mm",
            'D' => "MM/dd/yy",
            'c' => "EEE MMM dd HH:mm:ss z yyyy",
            _ => throw Throw.New("java.util.UnknownFormatConversionException", $"Conversion = 't{field}'"),
        };
        return Format(pattern, date, date.Zone);
    }

    /// <summary>java.text.SimpleDateFormat's letters.</summary>
    public static string Format(string pattern, DateValue date, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(date.Milliseconds), zone);
        var text = new StringBuilder();
        foreach (var (letter, count, literal) in Parts(pattern))
        {
            if (literal is not null)
            {
                text.Append(literal);
                continue;
            }

            text.Append(letter switch
            {
                'y' or 'Y' or 'u' when letter != 'u' => count == 2 ? (local.Year % 100).ToString("00", CultureInfo.InvariantCulture) : local.Year.ToString(CultureInfo.InvariantCulture).PadLeft(count, '0'),
                'M' or 'L' => count >= 4 ? CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(local.Month) : count == 3 ? CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(local.Month) : Number(local.Month, count),
                'd' => Number(local.Day, count),
                'H' => Number(local.Hour, count),
                'k' => Number(local.Hour == 0 ? 24 : local.Hour, count),
                'h' => Number(local.Hour % 12 == 0 ? 12 : local.Hour % 12, count),
                'K' => Number(local.Hour % 12, count),
                'm' => Number(local.Minute, count),
                's' => Number(local.Second, count),
                'S' => Number(local.Millisecond, count),
                'D' => Number(local.DayOfYear, count),
                'E' => count >= 4 ? local.DayOfWeek.ToString() : local.DayOfWeek.ToString()[..3],
                'u' => Number(local.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)local.DayOfWeek, count),
                'a' => local.Hour < 12 ? "AM" : "PM",
                'w' => Number(Week(local), count),
                'F' => Number(((local.Day - 1) / 7) + 1, count),
                'G' => "AD",
                'z' => ZoneName(zone, local),
                'Z' => Offset(local.Offset, colon: false, zulu: false),
                'X' => count == 1 && local.Offset != TimeSpan.Zero ? Offset(local.Offset, colon: false, zulu: true)[..3] : Offset(local.Offset, colon: count == 3, zulu: true),
                _ => throw Throw.IllegalArgument($"Illegal pattern character '{letter}'"),
            });
        }

        return text.ToString();
    }

    public static DateValue Parse(string pattern, string text, TimeZoneInfo zone)
    {
        int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
        var pm = -1;
        TimeSpan? offset = null;
        TimeZoneInfo? named = null;
        var at = 0;
        var parts = Parts(pattern).ToList();
        for (var i = 0; i < parts.Count; i++)
        {
            var (letter, count, literal) = parts[i];
            if (literal is not null)
            {
                foreach (var c in literal)
                {
                    if (c == ' ')
                    {
                        while (at < text.Length && text[at] == ' ')
                        {
                            at++;
                        }
                    }
                    else if (at < text.Length && text[at] == c)
                    {
                        at++;
                    }
                    else
                    {
                        throw Unparseable();
                    }
                }

                continue;
            }

            // Digits that touch (yyyyMMdd) are as many as the letters.
            var touches = i + 1 < parts.Count && parts[i + 1].Literal is null;
            switch (letter)
            {
                case 'y':
                    var start = at;
                    year = Digits(touches ? count : 10);
                    if (count <= 2 && at - start == 2)
                    {
                        year += year + 2000 > DateTime.UnixEpoch.Year + 76 ? 1900 : 2000;
                    }

                    break;
                case 'M' when count >= 3:
                    month = Enumerable.Range(1, 12).FirstOrDefault(m => Word(CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(m)) || Word(CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(m)));
                    if (month == 0)
                    {
                        throw Unparseable();
                    }

                    break;
                case 'M':
                    month = Digits(touches ? count : 10);
                    break;
                case 'd':
                    day = Digits(touches ? count : 10);
                    break;
                case 'H' or 'k' or 'h' or 'K':
                    hour = Digits(touches ? count : 10) % (letter is 'h' ? 12 : 24);
                    break;
                case 'm':
                    minute = Digits(touches ? count : 10);
                    break;
                case 's':
                    second = Digits(touches ? count : 10);
                    break;
                case 'S':
                    millisecond = Digits(touches ? count : 10);
                    break;
                case 'a':
                    pm = Word("PM") ? 1 : Word("AM") ? 0 : throw Unparseable();
                    break;
                case 'E':
                    if (!Enum.GetNames<DayOfWeek>().Any(d => Word(d) || Word(d[..3])))
                    {
                        throw Unparseable();
                    }

                    break;
                case 'Z' or 'X':
                    offset = ReadOffset();
                    break;
                case 'z':
                    if (at < text.Length && text[at] is '+' or '-')
                    {
                        offset = ReadOffset();
                        break;
                    }

                    var end = at;
                    while (end < text.Length && (char.IsLetter(text[end]) || text[end] is '/' or '_'))
                    {
                        end++;
                    }

                    named = Zone(text[at..end]);
                    at = end;
                    break;
                default:
                    throw Throw.IllegalArgument($"Reading the letter '{letter}' of a date is not supported");
            }
        }

        if (pm == 1 && hour < 12)
        {
            hour += 12;
        }

        try
        {
            // Java is lenient: what is too large goes over into the next unit.
            var local = new DateTime(year, 1, 1).AddMonths(month - 1).AddDays(day - 1).AddHours(hour).AddMinutes(minute).AddSeconds(second).AddMilliseconds(millisecond);
            var from = offset ?? (named ?? zone).GetUtcOffset(local);
            return new DateValue(new DateTimeOffset(local, from).ToUnixTimeMilliseconds(), zone);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Unparseable();
        }

        GroovyException Unparseable() => Throw.New("java.text.ParseException", $"Unparseable date: \"{text}\"");

        int Digits(int most)
        {
            var from = at;
            while (at < text.Length && at - from < most && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            return at > from && int.TryParse(text.AsSpan(from, at - from), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Unparseable();
        }

        bool Word(string word)
        {
            if (!text.AsSpan(at).StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            at += word.Length;
            return true;
        }

        TimeSpan ReadOffset()
        {
            if (Word("Z"))
            {
                return TimeSpan.Zero;
            }

            if (at >= text.Length || text[at] is not ('+' or '-'))
            {
                throw Unparseable();
            }

            var sign = text[at++] == '-' ? -1 : 1;
            var hours = Digits(2);
            if (at < text.Length && text[at] == ':')
            {
                at++;
            }

            var minutes = at < text.Length && char.IsAsciiDigit(text[at]) ? Digits(2) : 0;
            return sign * new TimeSpan(hours, minutes, 0);
        }
    }

    private static IEnumerable<(char Letter, int Count, string? Literal)> Parts(string pattern)
    {
        for (var i = 0; i < pattern.Length;)
        {
            var c = pattern[i];
            if (c == '\'')
            {
                var end = i + 1;
                var literal = new StringBuilder();
                while (end < pattern.Length)
                {
                    if (pattern[end] == '\'')
                    {
                        if (end + 1 < pattern.Length && pattern[end + 1] == '\'')
                        {
                            literal.Append('\'');
                            end += 2;
                            continue;
                        }

                        break;
                    }

                    literal.Append(pattern[end++]);
                }

                yield return ('\0', 0, end == i + 1 ? "'" : literal.ToString());
                i = end + 1;
            }
            else if (char.IsAsciiLetter(c))
            {
                var end = i;
                while (end < pattern.Length && pattern[end] == c)
                {
                    end++;
                }

                yield return (c, end - i, null);
                i = end;
            }
            else
            {
                yield return ('\0', 0, c.ToString());
                i++;
            }
        }
    }

    private static DateValue D(object? value) => (DateValue)value!;

    private static DateFormatValue F(object? value) => (DateFormatValue)value!;

    private static string Number(int value, int count) => value.ToString(CultureInfo.InvariantCulture).PadLeft(count, '0');

    private static long AddDays(DateValue date, int days)
    {
        var local = date.Local.DateTime.AddDays(days);
        return new DateTimeOffset(local, date.Zone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
    }

    private static DateValue FromParts(int year, int month, int day, TimeZoneInfo zone)
    {
        var local = new DateTime(year, 1, 1).AddMonths(month - 1).AddDays(day - 1);
        return new DateValue(new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUnixTimeMilliseconds(), zone);
    }

    private static int Week(DateTimeOffset date)
    {
        // Java's default: weeks start on Sunday, the first is the one with January 1st.
        var first = new DateTime(date.Year, 1, 1);
        return ((date.DayOfYear - 1 + (int)first.DayOfWeek) / 7) + 1;
    }

    private static string Offset(TimeSpan offset, bool colon, bool zulu)
    {
        if (zulu && offset == TimeSpan.Zero)
        {
            return "Z";
        }

        return (offset < TimeSpan.Zero ? "-" : "+") + Math.Abs(offset.Hours).ToString("00", CultureInfo.InvariantCulture) + (colon ? ":" : "") + Math.Abs(offset.Minutes).ToString("00", CultureInfo.InvariantCulture);
    }

    private static string ZoneName(TimeZoneInfo zone, DateTimeOffset at) => zone.Id is "UTC" or "Etc/UTC" || zone.Equals(TimeZoneInfo.Utc) ? "UTC"
        : zone.Id is "GMT" or "Etc/GMT" ? "GMT"
        : (zone.Id, zone.IsDaylightSavingTime(at)) switch
        {
            ("Europe/Berlin" or "Europe/Paris" or "Europe/Madrid" or "Europe/Rome" or "Europe/Amsterdam" or "Europe/Vienna" or "Europe/Zurich" or "Europe/Prague" or "Europe/Warsaw", var summer) => summer ? "CEST" : "CET",
            ("America/New_York", var summer) => summer ? "EDT" : "EST",
            ("America/Chicago", var summer) => summer ? "CDT" : "CST",
            ("America/Denver", var summer) => summer ? "MDT" : "MST",
            ("America/Los_Angeles", var summer) => summer ? "PDT" : "PST",
            ("Europe/London", var summer) => summer ? "BST" : "GMT",
            ("Asia/Tokyo", _) => "JST",
            ("Asia/Shanghai", _) => "CST",
            ("Asia/Kolkata", _) => "IST",
            _ => "GMT" + Offset(at.Offset, colon: true, zulu: false),
        };

    private static TimeZoneInfo Zone(string id)
    {
        if (id.StartsWith("GMT", StringComparison.Ordinal) && id.Length > 3 && id[3] is '+' or '-' && TimeSpan.TryParse(id[4..].Contains(':', StringComparison.Ordinal) ? id[4..] : id[4..] + ":00", CultureInfo.InvariantCulture, out var offset))
        {
            return TimeZoneInfo.CreateCustomTimeZone(id, id[3] == '-' ? -offset : offset, id, id);
        }

        // Java takes GMT for what it does not know.
        return id switch
        {
            "UTC" or "Z" => TimeZoneInfo.Utc,
            "CET" or "CEST" => TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Paris", out var cet) ? cet : TimeZoneInfo.Utc,
            _ => TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : TimeZoneInfo.Utc,
        };
    }

    private sealed class DateFormatValue(string pattern, TimeZoneInfo zone) : ILibraryValue
    {
        public string JavaClass => "java.text.SimpleDateFormat";

        public string Pattern { get; } = pattern;

        public TimeZoneInfo Zone { get; set; } = zone;
    }

    private sealed record ZoneValue(TimeZoneInfo Zone) : ILibraryValue
    {
        public string JavaClass => "java.util.TimeZone";
    }

    private sealed record LocaleValue(string Tag) : ILibraryValue
    {
        public string JavaClass => "java.util.Locale";

        public override string ToString() => Tag;
    }

    private sealed record TimeUnitValue(string Name, long Nanos) : ILibraryValue
    {
        public string JavaClass => "java.util.concurrent.TimeUnit";

        public override string ToString() => Name;
    }
}
