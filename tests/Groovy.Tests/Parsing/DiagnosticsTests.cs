using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>What users read who made a mistake: where it is, what is wrong, what to write.</summary>
public sealed class DiagnosticsTests
{
    [Theory]
    [InlineData("echo 'hello", 1, 6, "GRV003", "write the closing '")]
    [InlineData("echo \"hello\n", 1, 6, "GRV003", "write the closing \"")]
    [InlineData("x\necho '''hello\n", 2, 6, "GRV003", "'''")]
    [InlineData("sh \"make ${TARGET\"\necho 'x'", 1, 4, "GRV003", "does not end on its line")]
    [InlineData("sh \"\"\"make ${TARGET\necho 'x'", 1, 4, "GRV003", "never closed")]
    [InlineData("x = /abc\n", 1, 5, "GRV003", "write the closing /")]
    [InlineData("a\n/* b", 2, 1, "GRV004", "'*/'")]
    [InlineData("sh 'a\\d'", 1, 6, "GRV005", "'\\\\d'")]
    [InlineData("sh 'a\\u12'", 1, 6, "GRV005", "four hexadecimal digits")]
    [InlineData("sh \"cost $5\"", 1, 10, "GRV006", "\\$")]
    [InlineData("sh \"$class\"", 1, 5, "GRV006", "keyword")]
    [InlineData("echo \u201Cx\u201D", 1, 6, "GRV002", "plain quotes")]
    [InlineData("echo \u2018x\u2019", 1, 6, "GRV002", "plain quotes")]
    [InlineData("a \u2013 b", 1, 3, "GRV002", "plain '-'")]
    [InlineData("echo\u00A0'x'", 1, 5, "GRV001", "U+00A0")]
    [InlineData("echo `ls`", 1, 6, "GRV001", "backtick")]
    [InlineData("# comment", 1, 1, "GRV001", "'//'")]
    [InlineData("def 1x = 2", 1, 5, "GRV201", "name")]
    [InlineData("x = 08", 1, 5, "GRV007", "octal")]
    [InlineData("foo(1x)", 1, 5, "GRV007", "cannot begin with a digit")]
    [InlineData("sh script: 'x' returnStdout: true", 1, 16, "GRV102", "',' before the named argument 'returnStdout:'")]
    [InlineData("foo('a' 'b')", 1, 9, "GRV102", "Expected ',' or ')'")]
    [InlineData("[a: 1 b: 2]", 1, 7, "GRV102", "Expected ',' or ']'")]
    [InlineData("[a 1]", 1, 4, "GRV102", "':'")]
    [InlineData("node {\n  foo(1, 2\n  echo 'x'\n}", 2, 6, "GRV103", "'(' opened here is never closed")]
    [InlineData("x = [1, 2\ny = 3", 1, 5, "GRV103", "'[' opened here is never closed")]
    [InlineData("node {\n  echo 'x'\n", 1, 6, "GRV103", "'{' opened here is never closed")]
    [InlineData("a {\n  b {\n    c\n}\n", 2, 5, "GRV103", "indentation")]
    [InlineData("a { }\n}\nb", 2, 1, "GRV104", "closes nothing")]
    [InlineData("a(1))", 1, 5, "GRV104", "closes nothing")]
    [InlineData("if (a) { b }\nc\nelse { d }", 3, 1, "GRV106", "'else' without an 'if'")]
    [InlineData("catch (e) { d }", 1, 1, "GRV106", "'try'")]
    [InlineData("case 1: d", 1, 1, "GRV106", "switch")]
    [InlineData("a {\n  case 1: d\n}", 2, 3, "GRV106", "switch")]
    [InlineData("try { a }", 1, 1, "GRV111", "catch")]
    [InlineData("if a { b }", 1, 4, "GRV100", "'(' after 'if'")]
    [InlineData("if (a = b) { c }", 1, 5, "GRV108", "'=='")]
    [InlineData("if (a); b", 1, 7, "GRV204", "';'")]
    [InlineData("a + b = c", 1, 7, "GRV108", "'=='")]
    [InlineData("foo() = c", 1, 7, "GRV108", "call")]
    [InlineData("x = a +\n", 1, 7, "GRV101", "behind '+'")]
    [InlineData("x = ", 1, 3, "GRV101", "behind '='")]
    [InlineData("foo a,\n", 1, 6, "GRV101", "','")]
    [InlineData("foo.\n", 1, 4, "GRV201", "behind '.'")]
    [InlineData("list.each(x -> println(x))", 1, 13, "GRV110", "{ x -> … }")]
    [InlineData("list.each((a, b) -> a)", 1, 18, "GRV110", "{ a, b -> … }")]
    [InlineData("a::b", 1, 2, "GRV110", "'.&'")]
    [InlineData("checkout [$class: 'GitSCM']", 1, 10, "GRV113", "checkout key: value")]
    [InlineData("[1, a: 2]", 1, 2, "GRV109", "no key")]
    [InlineData("foo(a + b: c)", 1, 10, "GRV112", "parentheses")]
    [InlineData("{ foo }", 1, 1, "GRV107", "{ -> … }")]
    [InlineData("@Library('x')\npipeline { }", 2, 1, "GRV203", "_")]
    [InlineData("def class = 4", 1, 5, "GRV201", "reserved word")]
    [InlineData("def build stage = 1", 1, 5, "GRV202", "capital letter")]
    [InlineData("if (a) { def f() { } }", 1, 10, "GRV200", "closure")]
    [InlineData("node { import a.B }", 1, 8, "GRV200", "top level")]
    [InlineData("def f()\nx", 2, 1, "GRV204", "no body")]
    [InlineData("class A { x = 1 }", 1, 11, "GRV100", "'def', a type or a modifier")]
    [InlineData("class A { def f() }", 1, 15, "GRV204", "abstract")]
    [InlineData("new Foo", 1, 8, "GRV100", "new Foo()")]
    [InlineData("for (i = 0, i < 3, i++) { }", 1, 23, "GRV100", "for (x in list)")]
    [InlineData("switch (x) { foo }", 1, 14, "GRV100", "case")]
    [InlineData("static static x = 1", 1, 8, "GRV205", "twice")]
    [InlineData("throw", 1, 1, "GRV101", "what to throw")]
    [InlineData("foo\npackage a", 2, 1, "GRV200", "first statement")]
    public void A_fault_is_reported_once_with_its_place_and_a_cure(string text, int line, int column, string code, string cure)
    {
        var result = GroovyParser.Parse(new SourceText("Jenkinsfile", text));
        var fault = Assert.Single(result.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
        Assert.Equal((code, line, column), (fault.Code, fault.Position.Line, fault.Position.Column));
        Assert.Contains(cure, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_pass_finds_the_faults_of_every_statement()
    {
        const string Text = """
            pipeline {
                agent any
                stages {
                    stage('Build') {
                        steps {
                            echo 'hello
                            sh "make ${TARGET"
                            sh script: 'x' returnStdout: true
                            foo(1 2)
                            script {
                                def y = foo(
                                if (y = 1) { echo 'z' }
                            }
                        }
                    }
                }
                post { always { else } }
            }
            """;
        var result = GroovyParser.Parse(new SourceText("Jenkinsfile", Text));
        Assert.Equal([6, 7, 8, 9, 11, 12, 17], result.Diagnostics.Select(d => d.Position.Line));
        Assert.False(result.Succeeded);
    }

    [Fact]
    public void What_is_not_broken_is_still_in_the_tree()
    {
        var result = GroovyParser.Parse(new SourceText("Jenkinsfile", "echo 'a'\nfoo(1 2)\necho 'b'\nnode {\n  x = = 1\n  echo 'c'\n}"));
        Assert.Equal(2, result.Diagnostics.Count);
        Assert.Equal("""{(call nil "echo" "a") (call nil "echo" "b") (call nil "node" (closure it {(call nil "echo" "c")}))}""", TreeText.Of(result.Script!));
    }

    [Fact]
    public void A_fault_shows_its_line_with_a_caret_below_it()
    {
        var result = GroovyParser.Parse(new SourceText("Jenkinsfile", "node {\n\tfoo(1 2)\n}"));
        var lines = result.Diagnostics[0].Render().Split('\n');
        Assert.StartsWith("Jenkinsfile:2:8: error: Expected ','", lines[0], StringComparison.Ordinal);
        Assert.Equal(["  \tfoo(1 2)", "  \t      ^"], lines[1..]);
    }

    [Fact]
    public void Of_a_very_long_line_the_part_around_the_fault_is_shown()
    {
        var text = "x = '" + new string('a', 100_000) + "'; foo(1 2); y = '" + new string('b', 100_000) + "'";
        var lines = GroovyParser.Parse(new SourceText("Jenkinsfile", text)).Diagnostics[0].Render().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 250));
        Assert.Equal('2', lines[1][lines[2].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void A_closure_behind_the_string_of_a_command_is_allowed_but_warned_of()
    {
        var result = GroovyParser.Parse(new SourceText("Jenkinsfile", "stage 'x' { }"));
        Assert.True(result.Succeeded);
        Assert.Equal(("GRV114", DiagnosticSeverity.Warning), (result.Diagnostics[0].Code, result.Diagnostics[0].Severity));
    }
}
