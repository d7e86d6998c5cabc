using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.lang.StringBuilder, StringBuffer and java.io.StringWriter.</summary>
internal sealed class StringBuilderValue(string javaClass, string text) : ILibraryValue, IComparable
{
    public string JavaClass { get; } = javaClass;

    public StringBuilder Text { get; } = new(text);

    public int CompareTo(object? obj) => Comparing.CompareText(ToString(), obj?.ToString() ?? "");

    public override string ToString() => Text.ToString();
}

internal static class StringBuilders
{
    public static void Register(ClassBuilder t)
    {
        t.New("()", (_, self, _) => new StringBuilderValue(((BuiltinClass)self!).Name, ""));
        t.New("(int)", (_, self, _) => new StringBuilderValue(((BuiltinClass)self!).Name, ""));
        t.New("(CharSequence)", (_, self, a) => new StringBuilderValue(((BuiltinClass)self!).Name, Formatting.ToText(a[0])));
        t.Method("append(Object)", (f, self, a) => Append(f, self, Formatting.ToText(a[0])));
        t.Method("append(CharSequence,int,int)", (f, self, a) => Append(f, self, Formatting.ToText(a[0])[(int)a[1]!..(int)a[2]!]));
        t.Method("leftShift(Object)", (f, self, a) => Append(f, self, Formatting.ToText(a[0])));
        t.Method("write(Object)", (f, self, a) => Append(f, self, a[0] is int c ? ((char)c).ToString() : Formatting.ToText(a[0])));
        t.Method("println(Object)", (f, self, a) => Append(f, self, Formatting.ToText(a[0]) + "\n"));
        t.Method("print(Object)", (f, self, a) => Append(f, self, Formatting.ToText(a[0])));
        t.Method("flush()", (_, _, _) => null);
        t.Method("close()", (_, _, _) => null);
        t.Method("plus(Object)", (_, self, a) => B(self).ToString() + Formatting.ToText(a[0]));
        t.Method("insert(int,Object)", (f, self, a) =>
        {
            f.Charge(32);
            B(self).Insert(At(self, (int)a[0]!, B(self).Length), Formatting.ToText(a[1]));
            return self;
        });
        t.Method("delete(int,int)", (_, self, a) =>
        {
            var from = At(self, (int)a[0]!, B(self).Length);
            B(self).Remove(from, Math.Max(0, Math.Min((int)a[1]!, B(self).Length) - from));
            return self;
        });
        t.Method("deleteCharAt(int)", (_, self, a) =>
        {
            B(self).Remove(At(self, (int)a[0]!, B(self).Length - 1), 1);
            return self;
        });
        t.Method("replace(int,int,String)", (_, self, a) =>
        {
            var from = At(self, (int)a[0]!, B(self).Length);
            B(self).Remove(from, Math.Min((int)a[1]!, B(self).Length) - from).Insert(from, (string)a[2]!);
            return self;
        });
        t.Method("reverse()", (_, self, _) =>
        {
            var reversed = Strings.Reverse(B(self).ToString());
            B(self).Clear().Append(reversed);
            return self;
        });
        t.Method("setLength(int)", (f, self, a) =>
        {
            f.Charge((int)a[0]! * 2L);
            B(self).Length = (int)a[0]!;
            return null;
        });
        t.Method("setCharAt(int,char)", (_, self, a) =>
        {
            B(self)[At(self, (int)a[0]!, B(self).Length - 1)] = (char)a[1]!;
            return null;
        });
        t.Method("length()", (_, self, _) => Box.Int(B(self).Length));
        t.Method("size()", (_, self, _) => Box.Int(B(self).Length));
        t.Method("capacity()", (_, self, _) => Box.Int(B(self).Capacity));
        t.Method("isEmpty()", (_, self, _) => Box.Bool(B(self).Length == 0));
        t.Method("charAt(int)", (_, self, a) => B(self)[At(self, (int)a[0]!, B(self).Length - 1)]);
        t.Method("toString()", (_, self, _) => B(self).ToString());
        t.Method("getBuffer()", (_, self, _) => self);
        t.Method("asBoolean()", (_, self, _) => Box.Bool(B(self).Length > 0));
        // Everything that reads is the text's own.
        foreach (var name in (ReadOnlySpan<string>)["substring", "indexOf", "lastIndexOf", "contains", "startsWith", "endsWith", "trim", "split", "tokenize", "readLines", "replaceAll", "toUpperCase", "toLowerCase", "getAt", "subSequence", "take", "drop", "matches", "find", "findAll", "eachLine"])
        {
            t.Async(name + "(Object...)", (f, self, a) => f.CallMethodAsync(B(self).ToString(), name, ((GroovyArray)a[0]!).Items.AsSpan()));
        }
    }

    private static StringBuilder B(object? self) => ((StringBuilderValue)self!).Text;

    private static object? Append(Fiber fiber, object? self, string text)
    {
        fiber.Charge(text.Length * 2L);
        if (B(self).Length + (long)text.Length > Limits.LargestText)
        {
            throw Throw.New("java.lang.OutOfMemoryError", $"A text of more than {Limits.LargestText} characters");
        }

        B(self).Append(text);
        return self;
    }

    private static int At(object? self, int index, int most) => index >= 0 && index <= most ? index : throw Throw.New("java.lang.StringIndexOutOfBoundsException", $"index {index},length {B(self).Length}");
}
