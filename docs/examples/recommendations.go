// Keeps the status of every image, from the published topic recommendation.changed alone.
//
// Needs github.com/twmb/franz-go. Reads to the end of the topic, writes the file, and prints one line for each image
// that has something to do. A later run goes on with the file. docs/events.md has the rules.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const topic, typeOf, knownVersion = "recommendation.changed", "assay.recommendation.changed.v", 2

// Recommendation has the fields that this program needs. Unknown fields are passed over.
type Recommendation struct {
	RegistryID     string         `json:"registryId"`
	LoginServer    string         `json:"loginServer"`
	Repository     string         `json:"repository"`
	Digest         string         `json:"digest"`
	Verdict        int            `json:"verdict"`
	Classification int            `json:"classification"`
	Status         string         `json:"status"`
	Reason         string         `json:"reason,omitempty"`
	BySeverity     map[string]int `json:"bySeverity"`
	Fixable        int            `json:"fixable"`
}

// Partition is how far a partition was read, and the newest recommendation of each of its images.
type Partition struct {
	Next     int64                     `json:"next"`
	Sequence [2]int64                  `json:"sequence"`
	Images   map[string]Recommendation `json:"images"`
}

// take returns false for a version that this program does not know: it waits for an upgrade, and skips nothing.
func (p *Partition) take(record *kgo.Record) bool {
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	var sequence [2]int64
	must(fmt.Sscanf(headers["ce_sequence"], "%d.%d", &sequence[0], &sequence[1]))
	if sequence[0] < p.Sequence[0] || sequence[0] == p.Sequence[0] && sequence[1] <= p.Sequence[1] {
		return true // A repeat, or the late append of an owner that a fence shut out.
	}
	version, isEvent := strings.CutPrefix(headers["ce_type"], typeOf)
	if isEvent && must(strconv.Atoi(version)) > knownVersion {
		return false
	}
	p.Sequence = sequence // That of a fence, too: it has nothing else.
	if !isEvent {
		return true
	}
	var now Recommendation
	check(json.Unmarshal(record.Value, &now))
	key := strings.Join([]string{strings.ToLower(now.RegistryID), now.Repository, now.Digest}, "|")
	before := p.Images[key]
	if now.Verdict > before.Verdict || now.Verdict == before.Verdict && now.Classification >= before.Classification {
		p.Images[key] = now
	}
	return true
}

func main() {
	bootstrap := flag.String("bootstrap", "localhost:9092", "brokers, separated by commas")
	file := flag.String("file", "recommendations.json", "what is kept between two runs")
	flag.Parse()
	ctx := context.Background()
	client := must(kgo.NewClient(kgo.SeedBrokers(strings.Split(*bootstrap, ",")...)))
	defer client.Close()
	known := map[int32]*Partition{}
	if text, err := os.ReadFile(*file); err == nil {
		check(json.Unmarshal(text, &known))
	}
	ends := must(kadm.NewClient(client).ListEndOffsets(ctx, topic))
	check(ends.Error())
	left, from := map[int32]int64{}, map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		if known[end.Partition] == nil {
			known[end.Partition] = &Partition{Images: map[string]Recommendation{}}
		}
		if at := known[end.Partition].Next; at < end.Offset {
			left[end.Partition], from[end.Partition] = end.Offset, kgo.NewOffset().At(at)
		}
	})
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			check(failed.Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			end, isOpen := left[record.Partition]
			if !isOpen {
				return
			}
			partition := known[record.Partition]
			if !partition.take(record) {
				fmt.Printf("waits at %d/%d for a program that knows more\n", record.Partition, record.Offset)
				delete(left, record.Partition)
				return
			}
			if partition.Next = record.Offset + 1; partition.Next >= end {
				delete(left, record.Partition)
			}
		})
	}
	check(os.WriteFile(*file+".new", must(json.Marshal(known)), 0o600))
	check(os.Rename(*file+".new", *file))
	lines := []string{}
	for _, partition := range known {
		for _, image := range partition.Images {
			if image.Status != "healthy" && image.Reason != "image-deleted" {
				lines = append(lines, fmt.Sprintf("%s/%s@%s %s %s %v, %d fixable", image.LoginServer, image.Repository,
					image.Digest, image.Status, image.Reason, image.BySeverity, image.Fixable))
			}
		}
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
