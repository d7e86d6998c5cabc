using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Slipway.Controller.Jobs;
using Slipway.Model;
using Slipway.Store.Tests;

namespace Slipway.Controller.Tests;

/// <summary>
/// Reads test reports in the form that JUnit's Ant task made and everybody writes: <c>testsuites</c>, <c>testsuite</c>, <c>testcase</c> with <c>failure</c>, <c>error</c> or
/// <c>skipped</c>. A report comes from an agent and is not trusted: no DTD, a bounded size and depth.
/// </summary>
public static class JUnitReader
{
    private const long LargestReport = 256L * 1024 * 1024;

    /// <exception cref="InvalidDataException">It is not such a report; the message says where and why.</exception>
    public static IReadOnlyList<TestSuiteRecord> Read(string name, Stream report)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = LargestReport, CheckCharacters = false };
        XElement root;
        try
        {
            using var reader = new DepthLimitedXmlReader(XmlReader.Create(report, settings));
            root = XDocument.Load(reader).Root!;
        }
        catch (XmlException fault)
        {
            throw new InvalidDataException($"The test report '{name}' is not well-formed XML: {fault.Message}", fault);
        }

        if (root.Name.LocalName is not ("testsuites" or "testsuite"))
        {
            throw new InvalidDataException($"'{name}' is not a JUnit report: its root is <{root.Name.LocalName}>, not <testsuite> or <testsuites>. Narrow the pattern of junit to the report files.");
        }

        return [.. root.DescendantsAndSelf().Where(e => e.Name.LocalName == "testsuite" && e.Elements().Any(c => c.Name.LocalName == "testcase")).Select(ReadSuite)];
    }

    private static TestSuiteRecord ReadSuite(XElement suite)
    {
        var name = (string?)suite.Attribute("name") ?? "(no name)";
        var cases = suite.Elements().Where(e => e.Name.LocalName == "testcase").Select(c => ReadCase(name, c)).ToList();
        var duration = ReadSeconds(suite) is { } stated && stated > TimeSpan.Zero ? stated : new TimeSpan(cases.Sum(c => c.Duration.Ticks));
        return new TestSuiteRecord(name, duration, cases);
    }

    private static TestCaseRecord ReadCase(string suite, XElement test)
    {
        var failure = test.Elements().FirstOrDefault(e => e.Name.LocalName is "failure" or "error");
        var skipped = test.Elements().FirstOrDefault(e => e.Name.LocalName == "skipped");
        var status = failure is not null ? TestStatus.Failed : skipped is not null ? TestStatus.Skipped : TestStatus.Passed;
        var told = failure ?? skipped;
        var output = string.Concat(test.Elements().Where(e => e.Name.LocalName is "system-out" or "system-err").Select(e => e.Value));
        return new TestCaseRecord(
            (string?)test.Attribute("classname") ?? suite,
            (string?)test.Attribute("name") ?? "(no name)",
            status,
            ReadSeconds(test) ?? TimeSpan.Zero,
            told is null ? null : (string?)told.Attribute("message") ?? FirstLine(told.Value),
            string.IsNullOrWhiteSpace(failure?.Value) ? null : failure.Value,
            output.Length == 0 ? null : output);
    }

    private static TimeSpan? ReadSeconds(XElement element) =>
        ((string?)element.Attribute("time"))?.Replace(",", "", StringComparison.Ordinal) is { } text
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and < 1e9
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static string? FirstLine(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed.Split('\n')[0].Trim() : null;
}
